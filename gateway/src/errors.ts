import type { LimitState } from "./admit/limiter.ts";

/** `type` of an error in the OpenAI dialect: the coarse kind that SDKs and people read. */
export type GatewayErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "insufficient_quota"
  | "rate_limit_error"
  | "server_error";

export interface GatewayErrorInit {
  status: number;
  /** Stable, for programs: snake_case. */
  code: string;
  type: GatewayErrorType;
  /** For people, and public. */
  message: string;
  /** Field of the request that is at fault, such as `messages[0].content`. */
  param?: string | undefined;
  /** Whether the same request may succeed later; sent as `x-should-retry`, which the SDKs obey. */
  retryable: boolean;
  retryAfterSeconds?: number | undefined;
  /** Further headers of the answer, such as `x-ratelimit-remaining-requests`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The limits as a request found them that one of them refused, for dialects that have headers of their own. */
  limits?: readonly LimitState[] | undefined;
  cause?: unknown;
}

/** The one error that the ports may throw to answer a caller; anything else becomes a 500 without detail. */
export class GatewayError extends Error {
  readonly status: number;
  readonly code: string;
  readonly type: GatewayErrorType;
  readonly param: string | null;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: readonly LimitState[];

  constructor(init: GatewayErrorInit) {
    super(init.message, { cause: init.cause });
    this.name = "GatewayError";
    this.status = init.status;
    this.code = init.code;
    this.type = init.type;
    this.param = init.param ?? null;
    this.retryable = init.retryable;
    this.retryAfterSeconds = init.retryAfterSeconds;
    this.headers = init.headers ?? {};
    this.limits = init.limits ?? [];
  }
}

/** 400: the request cannot be understood or asks for something impossible. `param` names the field. */
export const invalidRequest = (
  message: string,
  { param, code = "invalid_request", cause }: { param?: string; code?: string; cause?: unknown } = {},
): GatewayError =>
  new GatewayError({ status: 400, code, type: "invalid_request_error", message, param, retryable: false, cause });

/** 401: no credentials were presented. */
export const missingApiKey = (): GatewayError =>
  new GatewayError({
    status: 401,
    code: "missing_api_key",
    type: "authentication_error",
    message: "No API key was sent. Send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
    retryable: false,
  });

/** 401: the presented credentials do not hold. */
export const invalidApiKey = (message = "The API key is wrong, revoked or expired.", cause?: unknown): GatewayError =>
  new GatewayError({
    status: 401,
    code: "invalid_api_key",
    type: "authentication_error",
    message,
    retryable: false,
    cause,
  });

/** 403: the credentials hold but do not carry the scope. */
export const missingScope = (scope: string): GatewayError =>
  new GatewayError({
    status: 403,
    code: "insufficient_scope",
    type: "permission_error",
    message: `This API key lacks the scope \`${scope}\`.`,
    retryable: false,
  });

/** 404: no route of this path. */
export const unknownRoute = (method: string, path: string): GatewayError =>
  new GatewayError({
    status: 404,
    code: "unknown_url",
    type: "invalid_request_error",
    message: `Unknown request URL: ${method} ${path}`,
    retryable: false,
  });

/** 405: the path exists under another method. */
export const methodNotAllowed = (method: string, path: string, allowed: string): GatewayError =>
  new GatewayError({
    status: 405,
    code: "method_not_allowed",
    type: "invalid_request_error",
    message: `${method} is not possible on ${path}; use ${allowed}.`,
    retryable: false,
    headers: { allow: allowed },
  });

/** 404: the model does not exist, or not for this caller; the two are not told apart on purpose. */
export const modelNotFound = (model: string): GatewayError =>
  new GatewayError({
    status: 404,
    code: "model_not_found",
    type: "invalid_request_error",
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    param: "model",
    retryable: false,
  });

/** 403: the credentials do not take in the model; whether it exists is not said. */
export const modelNotAllowed = (model: string): GatewayError =>
  new GatewayError({
    status: 403,
    code: "model_not_allowed",
    type: "permission_error",
    message: `This credential may not use the model \`${model}\`.`,
    param: "model",
    retryable: false,
  });

/** 413: the request body is larger than the gateway takes. */
export const requestTooLarge = (limitBytes: number): GatewayError =>
  new GatewayError({
    status: 413,
    code: "request_too_large",
    type: "invalid_request_error",
    message: `The request body is larger than ${limitBytes} bytes.`,
    retryable: false,
  });

/** 415: the body is compressed or otherwise encoded. */
export const unsupportedEncoding = (encoding: string): GatewayError =>
  new GatewayError({
    status: 415,
    code: "unsupported_content_encoding",
    type: "invalid_request_error",
    message: `The content encoding ${encoding} is not supported; send plain JSON.`,
    retryable: false,
  });

/** 415: the body is not of the type that the operation takes. */
export const unsupportedContentType = (expected: string): GatewayError =>
  new GatewayError({
    status: 415,
    code: "unsupported_content_type",
    type: "invalid_request_error",
    message: `The request body must be sent as ${expected}.`,
    retryable: false,
  });

/** 402: the budget or balance does not cover the request; waiting does not help. */
export const insufficientQuota = (message: string): GatewayError =>
  new GatewayError({
    status: 402,
    code: "insufficient_quota",
    type: "insufficient_quota",
    message,
    retryable: false,
  });

/** 429: a limit on requests, tokens or concurrency; `message` says which one. */
export const rateLimited = ({
  message,
  retryAfterSeconds,
  headers,
}: {
  message: string;
  retryAfterSeconds: number;
  headers?: Readonly<Record<string, string>>;
}): GatewayError =>
  new GatewayError({
    status: 429,
    code: "rate_limit_exceeded",
    type: "rate_limit_error",
    message,
    retryable: true,
    retryAfterSeconds,
    headers,
  });

/** 503: the model exists but cannot answer now, such as a worker that fails to start. Thrown by `acquire`. */
export const modelUnavailable = ({
  message,
  retryAfterSeconds,
  retryable = true,
  cause,
}: {
  message: string;
  retryAfterSeconds?: number;
  retryable?: boolean;
  cause?: unknown;
}): GatewayError =>
  new GatewayError({
    status: 503,
    code: "model_unavailable",
    type: "server_error",
    message,
    retryable,
    retryAfterSeconds,
    cause,
  });

/** 500: a fault of the gateway itself; the cause goes to the log and never to the caller. */
export const internalError = (cause: unknown): GatewayError =>
  new GatewayError({
    status: 500,
    code: "internal_error",
    type: "server_error",
    message: "The gateway failed. Quote the request id when you report this.",
    retryable: true,
    cause,
  });

/** What was thrown, as an error that can be answered. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError ? thrown : internalError(thrown);
