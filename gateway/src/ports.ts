import type { LimitState, MoneyPeriod } from "./admit/limiter.ts";
import type { Awaitable } from "./awaitable.ts";
import type { JsonObject } from "./json.ts";
import type { MeasuredUsage, Usage } from "./meter/usage.ts";
import type { Observe } from "./telemetry/observation.ts";

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
  /** What is counted: everything, or what falls into the present calendar month or day (UTC). */
  period: MoneyPeriod;
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
  authenticate(credentials: GatewayCredentials): Awaitable<GatewayCaller>;
  /** Hears of a caller who lacks the scope of what was asked for, before the 403. Must not throw. */
  onRefused?(caller: GatewayCaller): void;
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

/** Wire formats that providers speak. */
export type Adapter = "openai" | "openai-compatible" | "anthropic" | "gemini";

/**
 * What becomes of a request at the provider when the client goes away: `abort` ends it at once and bills what had come;
 * `drain` lets it run to its end, within the gateway's limits, and bills what the provider reports.
 */
export type DisconnectPolicy = "abort" | "drain";

/** Where a model's answers come from. */
export interface ModelRoute {
  /** Stable name of this way to the model, for cooldown, attempts and metrics, such as `dep_4Yt…`. */
  deployment: string;
  /** Who answers, for the ledger and the header `x-gateway-provider`; for tuned models of the platform `tuned`. */
  provider: string;
  adapter: Adapter;
  /** The model's name in requests to the provider. */
  upstreamModel: string;
  /** The name under which the meter finds the price. */
  priceModel: string;
  /** Most tokens of one answer, by the model's catalogue entry; null when nobody knows. */
  maxOutputTokens: number | null;
  onDisconnect: { whole: DisconnectPolicy; stream: DisconnectPolicy };
  /** Instead of the gateway's own; see `GatewayOptions`. */
  timeouts?: Partial<RouteTimeouts>;
  /**
   * Gives a running server, starting it when needed; may take seconds. Throws `modelUnavailable()` (503) when it
   * cannot. `signal` is aborted when the client goes away: then it rejects, and holds nothing.
   */
  acquire(signal: AbortSignal): Awaitable<ModelLease>;
}

/** Time limits of one attempt; see `GatewayOptions` for their meaning. */
export interface RouteTimeouts {
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
}

/** One of several ways that share the load of a model; `weight` is a positive share. */
export interface WeightedRoute {
  route: ModelRoute;
  weight: number;
}

/**
 * The ways to a model. The first step is tried first, among its routes by weight; when all of them fail or rest, the next
 * step is. Every step has at least one route.
 */
export interface ModelPlan {
  steps: readonly (readonly WeightedRoute[])[];
}

export interface ModelTable {
  /** Models that the caller may use, newest first. */
  list(caller: GatewayCaller): Promise<readonly ListedModel[]>;
  /** The ways to a model, by the name in the request; undefined when it does not exist for this caller. */
  find(caller: GatewayCaller, model: string): Awaitable<ModelPlan | undefined>;
}

/** A way that a request may take, as the meter prices it. */
export interface PricedRoute {
  provider: string;
  priceModel: string;
}

export interface ReservationRequest {
  requestId: string;
  caller: GatewayCaller;
  /** As the caller named it. */
  model: string;
  /** Every way that the request may take, most likely first; what is held covers the dearest. At least one. */
  candidates: readonly PricedRoute[];
  /** Which dialect and operation, such as `chat/completions`. */
  operation: string;
  stream: boolean;
  /** As the caller asks for it; null where nothing is said. */
  serviceTier: string | null;
  /** From the length of the text; for limits and holds, not for bills. */
  estimatedInputTokens: number;
  /** All choices together; null when the caller set no bound. */
  maxOutputTokens: number | null;
  /** Most tokens that any of the ways answers with; null when nobody knows it of one of them. */
  modelMaxOutputTokens: number | null;
  /** Known beforehand where a request is billed by the piece: pictures, and seconds of film. Otherwise 0. */
  pieces: Pick<Usage, "images" | "videoSeconds">;
  startedAt: Date;
}

export interface Reservation {
  /** Headers of the answer, such as `RateLimit` and `x-ratelimit-remaining-requests`. */
  headers?: Readonly<Record<string, string>>;
  /** The limits after the request took from them, for dialects that have headers of their own. */
  limits?: readonly LimitState[];
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

/** One exchange with a provider. A request has as many as it took, and none when it never came so far. */
export interface Attempt extends PricedRoute {
  deployment: string;
  upstreamModel: string;
  outcome: Outcome;
  /** `code` of the error; null when there was none. */
  errorCode: string | null;
  latencyMs: number;
}

export interface SettlementRequest {
  requestId: string;
  caller: GatewayCaller;
  /** As the caller named it. */
  model: string;
  /** Who answered, or was asked last: the price is theirs. */
  provider: string;
  priceModel: string;
  operation: string;
  stream: boolean;
  outcome: Outcome;
  usage: MeasuredUsage;
  /** What was done when the client went away; null when it stayed. */
  disconnect: DisconnectPolicy | null;
  /** The tier of service that the provider says it answered with; null when it says nothing. Some have prices of their own. */
  serviceTier: string | null;
  /** The provider's own id of the answer, to compare bills by; null when it gave none. */
  upstreamId: string | null;
  attempts: readonly Attempt[];
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

/** A response of OpenAI's Responses dialect that its caller wanted to be kept. */
export interface StoredResponse {
  id: string;
  /** As it was answered. */
  response: JsonObject;
  /** Everything that it was asked with, earlier turns included, oldest first. */
  input: readonly unknown[];
  createdAt: Date;
}

/** Responses that are kept, each for its own account. */
export interface ResponseStore {
  save(accountId: string, stored: StoredResponse): Promise<void>;
  find(accountId: string, id: string): Promise<StoredResponse | undefined>;
  /** False when there was none. */
  remove(accountId: string, id: string): Promise<boolean>;
}

/** A film that was ordered of a provider, to be looked at and fetched there. */
export interface VideoJob {
  /** Not the provider's, so that nobody can guess it. */
  id: string;
  accountId: string;
  /** Of the order, which is what was billed. */
  requestId: string;
  deployment: string;
  provider: string;
  /** The provider's own id. */
  upstreamId: string;
  /** As the caller named it. */
  model: string;
  /** As the order was answered. */
  video: JsonObject;
  createdAt: Date;
}

/** Where something was made that is to be asked for again. */
export type ModelServer = Pick<ModelRoute, "provider" | "adapter" | "timeouts" | "acquire">;

/** Films that were ordered, each for its own account. */
export interface VideoJobs {
  /** Before the order is billed: one that cannot be found again is not. */
  save(job: VideoJob): Promise<void>;
  find(accountId: string, id: string): Promise<VideoJob | undefined>;
  remove(accountId: string, id: string): Promise<void>;
  /** The server with the key that a film was ordered with; undefined when it is not connected any more. */
  serverOf(job: VideoJob): Promise<ModelServer | undefined>;
  /** A film was not made: what was charged for it is given back. Called as often as it is seen, and does it once. */
  giveBack(job: VideoJob): Promise<void>;
}

/** Wall-clock time for records; durations are measured with the monotonic `performance.now()`. */
export interface Clock {
  now(): Date;
}

/** What lies behind an address. */
export interface FetchedMedia {
  /** Without parameters, such as `image/png`. */
  mediaType: string;
  data: Uint8Array;
}

/**
 * Fetches media that a caller named by address, for providers that take bytes only. The address is the caller's word: an
 * implementation must not let it reach anything but the public internet. Throws a `GatewayError` (400) that says why not.
 */
export type FetchMedia = (url: string, limits: { maxBytes: number; signal: AbortSignal }) => Promise<FetchedMedia>;

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
  /** Without it nothing is kept, and a caller who wants it is told so. */
  responses?: ResponseStore;
  /** Without it no films can be ordered. */
  videos?: VideoJobs;
  clock: Clock;
  /** A new unique id such as `req_4Yt…`. */
  newRequestId(): string;
  /** Without it an address is refused where a provider takes bytes only. */
  fetchMedia?: FetchMedia;
  /** Told of every request at its end. */
  observe?: Observe;
  log: Log;
}
