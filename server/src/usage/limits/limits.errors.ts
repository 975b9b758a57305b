import { GatewayError, rateLimited } from "@llm-tuner/gateway/errors.ts";
import type { LimitState } from "./limit-headers.ts";

const wordsOf: Record<LimitState["kind"], (limit: number) => string> = {
  requests: (limit) => `${limit} requests a minute`,
  tokens: (limit) => `${limit} tokens a minute`,
  concurrent: (limit) => `${limit} answers at once`,
};

const ofWhom = ({ subject, tier }: LimitState): string =>
  `${subject.startsWith("user:") ? "this account" : "this API key"} (tier ${tier.name})`;

/** 429: says which limit is reached and when to try again. */
export const limitReached = (state: LimitState, headers: Record<string, string>): GatewayError =>
  rateLimited({
    message: `The limit of ${ofWhom(state)} is reached: ${wordsOf[state.kind](state.limit)}.`,
    retryAfterSeconds: Math.max(1, Math.ceil(state.waitMs / 1000)),
    headers,
  });

/** 429 that waiting does not help: the request alone is more than a minute's limit. */
export const largerThanLimit = (state: LimitState, headers: Record<string, string>): GatewayError =>
  new GatewayError({
    status: 429,
    code: "rate_limit_exceeded",
    type: "rate_limit_error",
    message:
      `This request may take ${state.wanted} tokens, more than the whole limit of ${ofWhom(state)}: ` +
      `${wordsOf[state.kind](state.limit)}. Ask for fewer tokens with max_tokens.`,
    retryable: false,
    headers,
  });
