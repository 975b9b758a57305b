import { GatewayError } from "../errors.ts";
import type { UpstreamFailure, UpstreamFailureKind } from "./upstream.ts";

type FailureTerms = Pick<GatewayError, "status" | "code" | "message" | "retryable">;

// A time limit that was reached once will most likely be reached again, at the full price of the generation:
// the SDKs are told not to repeat such requests by themselves.
const failureTerms: Record<UpstreamFailureKind, FailureTerms> = {
  unreachable: {
    status: 502,
    code: "provider_unreachable",
    message: "The provider of this model cannot be reached.",
    retryable: true,
  },
  "connect-timeout": {
    status: 504,
    code: "provider_timeout",
    message: "The provider of this model did not accept a connection in time.",
    retryable: true,
  },
  "first-byte-timeout": {
    status: 504,
    code: "provider_timeout",
    message: "The provider of this model did not begin to answer in time.",
    retryable: false,
  },
  "idle-timeout": {
    status: 504,
    code: "provider_timeout",
    message: "The provider of this model fell silent within its answer.",
    retryable: false,
  },
  "total-timeout": {
    status: 504,
    code: "provider_timeout",
    message: "The provider of this model did not finish its answer in time.",
    retryable: false,
  },
  disconnected: {
    status: 502,
    code: "provider_disconnected",
    message: "The provider of this model broke off its answer.",
    retryable: true,
  },
  protocol: {
    status: 502,
    code: "provider_invalid_answer",
    message: "The provider of this model sent an answer that is not valid HTTP.",
    retryable: false,
  },
};

/** The error for an exchange that broke off: 502, or 504 for a time limit. */
export const providerFailure = ({ kind, cause }: UpstreamFailure): GatewayError =>
  new GatewayError({ ...failureTerms[kind], type: "server_error", cause });

/** 502: the provider answered something that is no answer in its own dialect. `what` completes "The provider … ". */
export const invalidProviderAnswer = (what: string, cause?: unknown): GatewayError =>
  new GatewayError({
    status: 502,
    code: "provider_invalid_answer",
    type: "server_error",
    message: `The provider of this model ${what}.`,
    retryable: false,
    cause,
  });
