import type { TierRow } from "../tiers/tiers.store.ts";
import type { BucketLevel } from "./buckets.ts";

/** A limit as one request finds it. */
export interface LimitState extends BucketLevel {
  /** Whose limit it is, such as `user:…` or `key:…`. */
  subject: string;
  tier: TierRow;
  kind: "requests" | "tokens" | "concurrent";
  limit: number;
  wanted: number;
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/** As OpenAI writes it: `20ms`, `7.5s`, `6m0s`. */
const duration = (ms: number): string => {
  if (ms < 1000) return `${ms}ms`;
  if (ms < 60_000) return `${ms / 1000}s`;
  return `${Math.floor(ms / 60_000)}m${Math.round((ms % 60_000) / 1000)}s`;
};

const nameOf = ({ subject, kind }: LimitState): string => `${subject.split(":", 1)[0]}-${kind}`;
const left = ({ remaining }: LimitState): number => Math.max(0, remaining);

const units: Record<LimitState["kind"], string> = {
  requests: "requests",
  tokens: "tokens",
  concurrent: "concurrent-requests",
};

const policyOf = (state: LimitState): string =>
  `"${nameOf(state)}";q=${state.limit};qu="${units[state.kind]}"${state.kind === "concurrent" ? "" : ";w=60"}`;

const stateOf = (state: LimitState): string =>
  `"${nameOf(state)}";r=${left(state)}${state.kind === "concurrent" ? "" : `;t=${seconds(state.resetMs)}`}`;

/** The one that will be reached first, by what is left. */
const tightest = (states: readonly LimitState[], kind: LimitState["kind"]): LimitState | undefined =>
  states.filter((state) => state.kind === kind).toSorted((a, b) => a.remaining - b.remaining)[0];

/** `RateLimit` and `RateLimit-Policy` of the IETF draft for all limits, and OpenAI's headers for the tightest of a kind. */
export function limitHeaders(states: readonly LimitState[]): Record<string, string> {
  if (states.length === 0) return {};
  const headers: Record<string, string> = {
    "ratelimit-policy": states.map(policyOf).join(", "),
    ratelimit: states.map(stateOf).join(", "),
  };
  for (const kind of ["requests", "tokens"] as const) {
    const state = tightest(states, kind);
    if (state === undefined) continue;
    headers[`x-ratelimit-limit-${kind}`] = String(state.limit);
    headers[`x-ratelimit-remaining-${kind}`] = String(left(state));
    headers[`x-ratelimit-reset-${kind}`] = duration(state.resetMs);
  }
  return headers;
}
