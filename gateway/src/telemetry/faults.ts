import type { GatewayError } from "../errors.ts";
import { lookUp } from "../look-up.ts";

/**
 * Whose fault it was that a request got no answer, and in which way. The list is closed: it labels metrics, logs and pages, so
 * a new word is a decision.
 */
export const faults = [
  "caller.invalid_request",
  "caller.unauthenticated",
  "caller.forbidden",
  "caller.not_found",
  "caller.too_large",
  "caller.gone",
  "policy.rate_limit",
  "policy.budget",
  "policy.model",
  "policy.locked",
  "provider.rate_limited",
  "provider.overloaded",
  "provider.timeout",
  "provider.unreachable",
  "provider.disconnected",
  "provider.invalid_answer",
  "provider.credentials",
  "provider.error",
  "gateway.unavailable",
  "gateway.internal",
] as const;
export type Fault = (typeof faults)[number];

const byCode: Readonly<Record<string, Fault>> = {
  provider_rate_limited: "provider.rate_limited",
  provider_overloaded: "provider.overloaded",
  provider_timeout: "provider.timeout",
  provider_unreachable: "provider.unreachable",
  provider_disconnected: "provider.disconnected",
  provider_invalid_answer: "provider.invalid_answer",
  provider_rejected_credentials: "provider.credentials",
  model_not_allowed: "policy.model",
  locked_parameter: "policy.locked",
  request_too_large: "caller.too_large",
  request_aborted: "caller.gone",
  internal_error: "gateway.internal",
};

const byStatus: Readonly<Record<number, Fault>> = {
  401: "caller.unauthenticated",
  402: "policy.budget",
  403: "caller.forbidden",
  404: "caller.not_found",
  413: "caller.too_large",
  429: "policy.rate_limit",
  500: "gateway.internal",
  503: "gateway.unavailable",
};

/** The word for an error. What a provider calls an error without saying more is `provider.error`. */
export const faultOf = ({ code, status }: Pick<GatewayError, "code" | "status">): Fault => {
  const named = lookUp(byCode, code);
  if (named !== undefined) return named;
  if (code.startsWith("provider_")) return "provider.error";
  return byStatus[status] ?? (status < 500 ? "caller.invalid_request" : "provider.error");
};
