import type { IncomingHttpHeaders, ServerResponse } from "node:http";

/** What programs in a browser send: ours, and the SDKs of OpenAI and Anthropic. The header of cookie mode is not among it. */
const allowedHeaders = [
  "accept",
  "anthropic-beta",
  "anthropic-dangerous-direct-browser-access",
  "anthropic-version",
  "authorization",
  "content-type",
  "idempotency-key",
  "if-none-match",
  "if-range",
  "last-event-id",
  "openai-beta",
  "openai-organization",
  "openai-project",
  "prefer",
  "range",
  "x-api-key",
  "x-gateway-strict",
  "x-stainless-arch",
  "x-stainless-async",
  "x-stainless-custom-poll-interval",
  "x-stainless-helper-method",
  "x-stainless-lang",
  "x-stainless-os",
  "x-stainless-package-version",
  "x-stainless-poll-helper",
  "x-stainless-retry-count",
  "x-stainless-runtime",
  "x-stainless-runtime-version",
  "x-stainless-timeout",
].join(", ");

const exposedHeaders = [
  "anthropic-ratelimit-requests-limit",
  "anthropic-ratelimit-requests-remaining",
  "anthropic-ratelimit-requests-reset",
  "anthropic-ratelimit-tokens-limit",
  "anthropic-ratelimit-tokens-remaining",
  "anthropic-ratelimit-tokens-reset",
  "content-disposition",
  "content-range",
  "deprecation",
  "ratelimit",
  "ratelimit-policy",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "sunset",
  "x-gateway-cost-nano-usd",
  "x-gateway-overhead-ms",
  "x-gateway-provider",
  "x-gateway-warnings",
  "x-ratelimit-limit-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
  "x-request-id",
  "x-should-retry",
].join(", ");

const preflightSeconds = "600";

interface CrossOriginCall {
  origins: readonly string[];
  headers: IncomingHttpHeaders;
}

const isListed = ({ origins, headers: { origin } }: CrossOriginCall): boolean =>
  origin !== undefined && origins.includes(origin);

const noHeaders: Readonly<Record<string, string>> = {};

/**
 * Lets pages of the listed origins read the answer: the very text of the list, never a pattern, and never with cookies.
 */
export const crossOriginHeadersFor = (call: CrossOriginCall): Readonly<Record<string, string>> => {
  if (call.origins.length === 0) return noHeaders;
  const vary = { vary: "Origin" };
  if (!isListed(call)) return vary;
  return {
    ...vary,
    "access-control-allow-origin": call.headers.origin ?? "",
    "access-control-expose-headers": exposedHeaders,
  };
};

/** On the raw response, so that it also holds for what the gateway writes itself. */
export function setCrossOriginHeaders(response: ServerResponse, call: CrossOriginCall): void {
  for (const [name, value] of Object.entries(crossOriginHeadersFor(call))) response.setHeader(name, value);
}

/** What a browser asks before it lets a page of another origin call: answered to listed origins only. */
export const preflightHeaders = (call: CrossOriginCall, methods: readonly string[]): Record<string, string> =>
  isListed(call) && call.headers["access-control-request-method"] !== undefined
    ? {
        "access-control-allow-methods": methods.join(", "),
        "access-control-allow-headers": allowedHeaders,
        "access-control-max-age": preflightSeconds,
      }
    : {};
