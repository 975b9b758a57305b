import type { GatewayError } from "../errors.ts";

/** In whole seconds, as HTTP has it, and exactly, as the SDKs read it first. */
const retryAfter = (seconds: number): Record<string, string> => ({
  "retry-after": String(Math.ceil(seconds)),
  "retry-after-ms": String(Math.ceil(seconds * 1000)),
});

/** Headers of an error: whether a retry may help is always said, because the SDKs otherwise guess by the status. */
export const errorHeaders = (error: GatewayError): Record<string, string> => ({
  ...error.headers,
  "x-should-retry": String(error.retryable),
  ...(error.retryAfterSeconds === undefined ? {} : retryAfter(error.retryAfterSeconds)),
});
