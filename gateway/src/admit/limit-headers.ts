import type { LimitState } from "./limiter.ts";

/** What a caller is told of limits; money is not among it. */
type ToldState = Exclude<LimitState, { kind: "money" }>;

/** Longer lists would make headers that some proxies refuse. */
const maxTold = 16;

const toldOf = (states: readonly LimitState[]): ToldState[] =>
  states.filter((state) => state.kind !== "money").slice(0, maxTold);

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/** As OpenAI writes it: `20ms`, `7.5s`, `6m0s`. */
const duration = (ms: number): string => {
  if (ms < 1000) return `${ms}ms`;
  if (ms < 60_000) return `${ms / 1000}s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)}m${whole % 60}s`;
};

const notPrintable = /[^ !#-[\]-~]/u;
const allNotPrintable = new RegExp(notPrintable, "gu");

/** Only what the strings of structured fields (RFC 9651) may hold. */
const printable = (text: string): string =>
  notPrintable.test(text) ? text.toWellFormed().replaceAll(allNotPrintable, encodeURIComponent) : text;

const nameOf = ({ subject, kind, model }: ToldState): string => {
  const colon = subject.indexOf(":");
  const name = `${colon === -1 ? subject : subject.slice(0, colon)}-${kind}`;
  return printable(model === null ? name : `${name} ${model}`);
};

const left = ({ remaining }: ToldState): number => Math.max(0, remaining);

const units: Record<ToldState["kind"], string> = {
  requests: "requests",
  tokens: "tokens",
  concurrent: "concurrent-requests",
};

const rates = ["requests", "tokens"] as const;

/** The one that will be reached first, by what is left. */
const tightest = (states: readonly ToldState[], kind: ToldState["kind"]): ToldState | undefined => {
  let found: ToldState | undefined;
  for (const state of states) {
    if (state.kind === kind && (found === undefined || state.remaining < found.remaining)) found = state;
  }
  return found;
};

/**
 * Headers of an answer: `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11) for every limit, and
 * OpenAI's `x-ratelimit-*` for the tightest of its kind.
 */
export const limitHeaders = (states: readonly LimitState[]): Record<string, string> => {
  const told = toldOf(states);
  if (told.length === 0) return {};
  let policies = "";
  let present = "";
  for (const state of told) {
    const comma = policies === "" ? "" : ", ";
    const name = nameOf(state);
    const window = state.kind === "concurrent" ? "" : ";w=60";
    const reset = state.resetMs === null ? "" : `;t=${seconds(state.resetMs)}`;
    policies += `${comma}"${name}";q=${state.limit};qu="${units[state.kind]}"${window}`;
    present += `${comma}"${name}";r=${left(state)}${reset}`;
  }
  const headers: Record<string, string> = { "ratelimit-policy": policies, ratelimit: present };
  for (const kind of rates) {
    const state = tightest(told, kind);
    if (state === undefined) continue;
    headers[`x-ratelimit-limit-${kind}`] = String(state.limit);
    headers[`x-ratelimit-remaining-${kind}`] = String(left(state));
    headers[`x-ratelimit-reset-${kind}`] = duration(state.resetMs ?? 0);
  }
  return headers;
};

/** The tightest limits of either kind as Anthropic writes them, with the moment at which they are full again (RFC 3339). */
export const anthropicLimitHeaders = (states: readonly LimitState[], at: Date): Record<string, string> => {
  const told = toldOf(states);
  const headers: Record<string, string> = {};
  for (const kind of rates) {
    const state = tightest(told, kind);
    if (state === undefined) continue;
    const full = new Date(at.getTime() + (state.resetMs ?? 0));
    headers[`anthropic-ratelimit-${kind}-limit`] = String(state.limit);
    headers[`anthropic-ratelimit-${kind}-remaining`] = String(left(state));
    headers[`anthropic-ratelimit-${kind}-reset`] = full.toISOString();
  }
  return headers;
};
