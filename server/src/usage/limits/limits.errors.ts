import { limitHeaders } from "@llm-tuner/gateway/admit/limit-headers.ts";
import type { LimitState } from "@llm-tuner/gateway/admit/limiter.ts";
import { GatewayError } from "@llm-tuner/gateway/errors.ts";
import { ownerOf } from "./owners.ts";

type Kind = LimitState["kind"];

const wordsOf: Record<Kind, (limit: number) => string> = {
  requests: (limit) => `${limit} requests a minute`,
  tokens: (limit) => `${limit} tokens a minute`,
  concurrent: (limit) => `${limit} answers at once`,
  money: (limit) => `${limit / 1e9} USD`,
};

const codeWords: Record<Kind, string> = {
  requests: "requests_per_minute",
  tokens: "tokens_per_minute",
  concurrent: "concurrency",
  money: "spend",
};

interface Refused {
  /** The name of the tier that has the limit. */
  tier: string;
  states: readonly LimitState[];
}

const ofWhom = ({ subject, model }: LimitState, tier: string): string =>
  `${ownerOf(subject).words} (tier ${tier}${model === null ? "" : `, models ${model}`})`;

/** Such as `key_requests_per_minute_exceeded`, `account_model_concurrency_exceeded`. */
const codeOf = ({ subject, model, kind }: LimitState): string =>
  `${ownerOf(subject).code}${model === null ? "" : "_model"}_${codeWords[kind]}_exceeded`;

/** 429: says which limit is reached and when to try again. */
export const limitReached = (state: LimitState, { tier, states, waitMs }: Refused & { waitMs: number }): GatewayError =>
  new GatewayError({
    status: 429,
    code: codeOf(state),
    type: "rate_limit_error",
    message: `The limit of ${ofWhom(state, tier)} is reached: ${wordsOf[state.kind](state.limit)}.`,
    retryable: true,
    retryAfterSeconds: waitMs / 1000,
    headers: limitHeaders(states),
    limits: states,
  });

/** 429 that waiting does not help: the request alone is more than a minute's limit. */
export const largerThanLimit = (state: LimitState, { tier, states }: Refused): GatewayError =>
  new GatewayError({
    status: 429,
    code: codeOf(state),
    type: "rate_limit_error",
    message:
      `This request may take ${state.amount} tokens, more than the whole limit of ${ofWhom(state, tier)}: ` +
      `${wordsOf[state.kind](state.limit)}. Ask for fewer tokens with max_tokens.`,
    retryable: false,
    headers: limitHeaders(states),
    limits: states,
  });

/** A fault of this program: it changes levels that it has not locked, although it has looked twice which they are. */
export const levelsNotLocked = (): Error => new Error("the levels of a request were not locked");
