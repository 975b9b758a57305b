import {
  authenticateForSatellite,
  type GatewayRefusal,
  reserveForSatellite,
  settleForSatellite,
} from "@llm-tuner/contract/satellites.ts";
import type { z } from "zod";
import { GatewayError, type GatewayErrorType } from "../errors.ts";
import type { Log } from "../ports.ts";

/** The platform as a satellite sees it. */
export interface PlatformClient {
  authenticate(body: z.input<typeof authenticateForSatellite.body>): Promise<Answer<typeof authenticateForSatellite>>;
  reserve(body: z.input<typeof reserveForSatellite.body>): Promise<Answer<typeof reserveForSatellite>>;
  settle(body: z.input<typeof settleForSatellite.body>): Promise<Answer<typeof settleForSatellite>>;
}

type SatelliteEndpoint = typeof authenticateForSatellite | typeof reserveForSatellite | typeof settleForSatellite;
type Answer<E extends SatelliteEndpoint> = z.infer<E["responses"][200]["schema"]>;

export interface PlatformClientOptions {
  /** Where people reach the platform, without a path. */
  url: URL;
  /** An administrator's key with the scope `satellite`. */
  apiKey: string;
  timeoutMs: number;
  fetch: typeof fetch;
  /** Is told why a call went wrong, which callers are not. */
  log: Log;
}

/** 503: whether the call may be made cannot be asked, so it is not made. */
const platformUnavailable = (cause: unknown): GatewayError =>
  new GatewayError({
    status: 503,
    code: "platform_unavailable",
    type: "server_error",
    message: "The platform behind this gateway cannot be reached. Try again in a moment.",
    retryable: true,
    retryAfterSeconds: 2,
    cause,
  });

/** 503: the platform takes no such call of this satellite, however often it comes: its key or its version is wrong. */
const platformRefused = (cause: unknown): GatewayError =>
  new GatewayError({
    status: 503,
    code: "platform_refused",
    type: "server_error",
    message: "The platform behind this gateway refuses it. Whoever runs the gateway finds the reason in its log.",
    retryable: false,
    cause,
  });

/** Too slow and too often are no refusals. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

const types: readonly GatewayErrorType[] = [
  "invalid_request_error",
  "authentication_error",
  "permission_error",
  "insufficient_quota",
  "rate_limit_error",
  "server_error",
];

/** Headers as the platform lists them. */
export const headersOf = (listed: readonly { name: string; value: string }[]): Record<string, string> =>
  Object.fromEntries(listed.map(({ name, value }) => [name, value]));

/** What the platform refused, as the error that the caller is given. */
export const refusalError = (refusal: GatewayRefusal): GatewayError =>
  new GatewayError({
    status: refusal.status,
    code: refusal.code,
    type: types.find((type) => type === refusal.type) ?? "invalid_request_error",
    message: refusal.message,
    param: refusal.param ?? undefined,
    retryable: refusal.retryable,
    retryAfterSeconds: refusal.retry_after_seconds ?? undefined,
    headers: headersOf(refusal.headers),
  });

/** Calls the platform. Whatever goes wrong on the way is a 503, for nothing is known then; `retryable` says whether to try again. */
export const createPlatformClient = ({
  url,
  apiKey,
  timeoutMs,
  fetch: send,
  log,
}: PlatformClientOptions): PlatformClient => {
  const answerOf = async <E extends SatelliteEndpoint>(endpoint: E, body: z.input<E["body"]>): Promise<Answer<E>> => {
    const response = await send(new URL(endpoint.path, url), {
      method: "POST",
      headers: { "x-api-key": apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The schema belongs to the endpoint; TypeScript does not follow that through the generic.
    if (response.status === 200) return endpoint.responses[200].schema.parse(await response.json()) as Answer<E>;
    const cause = new Error(`${endpoint.path} answered ${response.status}: ${await response.text()}`);
    throw isRefusal(response.status) ? platformRefused(cause) : cause;
  };
  const call = async <E extends SatelliteEndpoint>(endpoint: E, body: z.input<E["body"]>): Promise<Answer<E>> => {
    try {
      return await answerOf(endpoint, body);
    } catch (thrown) {
      const error = thrown instanceof GatewayError ? thrown : platformUnavailable(thrown);
      log.warn({ err: error.cause, path: endpoint.path, code: error.code }, "the platform did not take a call");
      throw error;
    }
  };
  return {
    authenticate: (body) => call(authenticateForSatellite, body),
    reserve: (body) => call(reserveForSatellite, body),
    settle: (body) => call(settleForSatellite, body),
  };
};
