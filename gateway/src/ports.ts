/**
 * What the gateway needs from its surroundings. It has no server and no database: whoever builds it answers these.
 * A port refuses by throwing a `GatewayError` (see errors.ts); any other exception is answered as a 500 and logged.
 */

/** Scopes that the gateway asks for, as they stand in `GatewayCaller.scopes`. */
export const gatewayScopes = { chat: "chat", modelsRead: "models:read" } as const;

/** Something that may be used up. The meter counts it under `subject`; null leaves that side unbounded. */
export interface SpendBound {
  /** Whose counter it is, such as `key:key_4Yt…`; the same subject is the same counter, whoever calls. */
  subject: string;
  /** What is counted: everything, or what falls into the present calendar month (UTC). */
  period: "total" | "month";
  /** Integer nano-USD. */
  limitNanoUsd: number | null;
  maxRequests: number | null;
}

/**
 * Parameters of a request that the caller may not choose: the gateway fills in what is absent and refuses what differs.
 */
export interface LockedParameters {
  model?: string | undefined;
  /** The only system message of a conversation. */
  system?: string | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  /** Also the most that may be asked for, under either name that the dialect has for it. */
  max_tokens?: number | undefined;
  stop?: string | string[] | undefined;
  seed?: number | undefined;
}

/** What a credential narrows. */
export interface CallerBounds {
  /** Names of models as they stand in requests, `*` at the end standing for anything; null for every model. */
  allowedModels: readonly string[] | null;
  /** All of them hold; kept by the meter. */
  spend: readonly SpendBound[];
  locked: LockedParameters | null;
  /** A bundle of limits that counts for this credential alone, besides the account's own. */
  tier: { name: string; subject: string } | null;
}

/** The bounds of a caller whose credential narrows nothing. */
export const noBounds: CallerBounds = { allowedModels: null, spend: [], locked: null, tier: null };

/** Who calls, as far as the credentials proved it. */
export interface GatewayCaller {
  /** Who pays and whose models are listed. */
  accountId: string;
  /** Null when the caller signed in instead of using an API key. */
  keyId: string | null;
  scopes: ReadonlySet<string>;
  /** Name of the account's bundle of limits. */
  tier: string;
  bounds: CallerBounds;
  /** Headers that every answer to this caller carries, such as the end of a key that was replaced. */
  headers: Readonly<Record<string, string>>;
}

/** Credentials as they stand in the headers; at least one of the first two is present. */
export interface GatewayCredentials {
  /** From `Authorization: Bearer …`: an access token, an API key or a client token. */
  bearer?: string;
  /** From `X-API-Key`. */
  apiKey?: string;
  /** From `Origin`: the page that calls, when a browser says it. */
  origin?: string;
}

export interface Admission {
  /** Proves credentials. Throws `invalidApiKey()` (401) when they do not hold. The scope is checked by the gateway. */
  authenticate(credentials: GatewayCredentials): Promise<GatewayCaller>;
}

/** A model as `/v1/models` shows it. */
export interface ListedModel {
  id: string;
  createdAt: Date;
  ownedBy: string;
}

/** A server that is up and may be called until `release`. */
export interface ModelLease {
  /** Scheme, host and port; the paths are the provider's own. */
  origin: URL;
  /** Sent with the request, such as `authorization`. Never shown to the caller or written to a log. */
  headers: Readonly<Record<string, string>>;
  /** Called exactly once, when the exchange is over, however it ended. Must not throw. */
  release(): void;
}

/** Where a model's answers come from. */
export interface ModelRoute {
  /** Who answers, for the ledger and the header `x-gateway-provider`; for tuned models of the platform `tuned`. */
  provider: string;
  /** Which wire format it speaks. */
  adapter: "openai-compatible";
  /** The model's name in requests to the provider. */
  upstreamModel: string;
  /** The name under which the meter finds the price. */
  priceModel: string;
  /**
   * Gives a running server, starting it when needed; may take seconds. Throws `modelUnavailable()` (503) when it
   * cannot. `signal` is aborted when the client goes away: then it rejects, and holds nothing.
   */
  acquire(signal: AbortSignal): Promise<ModelLease>;
}

export interface ModelTable {
  /** Models that the caller may use, newest first. */
  list(caller: GatewayCaller): Promise<readonly ListedModel[]>;
  /** The route of a model, by the name in the request; undefined when it does not exist for this caller. */
  find(caller: GatewayCaller, model: string): Promise<ModelRoute | undefined>;
}

export interface ReservationRequest {
  requestId: string;
  caller: GatewayCaller;
  /** As the caller named it. */
  model: string;
  priceModel: string;
  provider: string;
  /** From the length of the text; for limits and holds, not for bills. */
  estimatedInputTokens: number;
  /** All choices together; null when the caller set no bound. */
  maxOutputTokens: number | null;
  startedAt: Date;
}

export interface Reservation {
  /** Headers of the answer, such as `RateLimit` and `x-ratelimit-remaining-requests`. */
  headers?: Readonly<Record<string, string>>;
  /**
   * All choices together: what is held covers no longer answer. Looked at where the caller set no bound; then the
   * provider is asked for no more than that.
   */
  maxOutputTokens?: number;
}

/**
 * - `completed`: the whole answer was received from the provider;
 * - `aborted`: the client went away before;
 * - `failed`: the provider or the gateway failed.
 */
export type Outcome = "completed" | "aborted" | "failed";

export interface SettlementRequest {
  requestId: string;
  caller: GatewayCaller;
  model: string;
  priceModel: string;
  provider: string;
  outcome: Outcome;
  /** Whole prompt, cached tokens included. */
  inputTokens: number;
  /** Whole output, reasoning included. */
  outputTokens: number;
  /**
   * `reported`: the provider's own count. `estimated`: it gave none; input from the length of the text, output one
   * token per streamed piece or from the length of the text. Both are 0 when nothing of an answer was received.
   */
  usageSource: "reported" | "estimated";
  startedAt: Date;
  /** From the arrival of the request to the end of the answer, whole milliseconds. */
  latencyMs: number;
  /** From the arrival of the request to the first piece of the answer; null when there was none. */
  firstByteMs: number | null;
  /** `code` of the error that the caller was given; null when there was none. */
  errorCode: string | null;
}

export interface Settlement {
  /** Integer nano-USD; null when the model has no price. */
  costNanoUsd: number | null;
}

/** Counts and prices. Both calls are idempotent by request id. */
export interface Meter {
  /** Before anything is asked of a provider. Throws `insufficientQuota()` (402) or `rateLimited()` (429). */
  reserve(request: ReservationRequest): Promise<Reservation>;
  /**
   * Once for every granted reservation. An answer waits for it, but is not withheld when it fails: the error is
   * logged with the counts, so an implementation that may lose its store for a moment has to try again itself.
   */
  settle(request: SettlementRequest): Promise<Settlement>;
}

/** Wall-clock time for records; durations are measured with the monotonic `performance.now()`. */
export interface Clock {
  now(): Date;
}

/** Structured log; the platform's and pino's satisfy it. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface GatewayPorts {
  admission: Admission;
  models: ModelTable;
  meter: Meter;
  clock: Clock;
  /** A new unique id such as `req_4Yt…`. */
  newRequestId(): string;
  log: Log;
}
