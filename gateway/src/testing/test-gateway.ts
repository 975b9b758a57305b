import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import type { LimitState } from "../admit/limiter.ts";
import { invalidApiKey, invalidRequest } from "../errors.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { inputTokensOf, outputTokensOf } from "../meter/usage.ts";
import type { GatewayOptions } from "../options.ts";
import {
  type Admission,
  type FetchedMedia,
  type GatewayCaller,
  type Meter,
  type ModelPlan,
  type ModelRoute,
  type ModelTable,
  noBounds,
  type ResponseStore,
  type SettlementRequest,
  type StoredResponse,
} from "../ports.ts";
import type { Observation } from "../telemetry/observation.ts";
import { startFakeUpstream, type FakeUpstream } from "./fake-upstream.ts";
import { TestVideos } from "./test-videos.ts";

export const testKey = "test-key-with-all-scopes";
export const readOnlyKey = "test-key-that-may-only-list";

export const testCaller: GatewayCaller = {
  accountId: "user_1",
  keyId: "key_1",
  scopes: new Set(["chat", "models:read"]),
  tier: "standard",
  bounds: noBounds,
  headers: {},
};

/** Knows the two keys above and those of `others`. */
const admissionOf = (others: ReadonlyMap<string, GatewayCaller>): Admission => ({
  async authenticate({ bearer, apiKey }) {
    const secret = bearer ?? apiKey ?? "";
    const other = others.get(secret);
    if (other !== undefined) return other;
    if (secret === testKey) return testCaller;
    if (secret === readOnlyKey) return { ...testCaller, scopes: new Set(["models:read"]) };
    throw invalidApiKey();
  },
});

/** Keeps responses in memory, those of each account apart. */
class TestResponses implements ResponseStore {
  readonly stored = new Map<string, StoredResponse>();
  failSave: Error | undefined;

  async save(accountId: string, response: StoredResponse): Promise<void> {
    if (this.failSave !== undefined) throw this.failSave;
    this.stored.set(`${accountId} ${response.id}`, response);
  }

  async find(accountId: string, id: string): Promise<StoredResponse | undefined> {
    return this.stored.get(`${accountId} ${id}`);
  }

  async remove(accountId: string, id: string): Promise<boolean> {
    return this.stored.delete(`${accountId} ${id}`);
  }
}

interface LoggedLine {
  level: "debug" | "info" | "warn" | "error";
  fields: Record<string, unknown>;
  message: string;
}

/** Prices input at 10 and output at 30 nano-USD a token, refuses what `refuse` says, and keeps every call. */
class TestMeter implements Meter {
  readonly reservations: Parameters<Meter["reserve"]>[0][] = [];
  readonly settlements: SettlementRequest[] = [];
  refuse: Error | undefined;
  failSettlement: Error | undefined;
  /** A settlement is not finished before this. */
  settlementGate: Promise<void> | undefined;
  answerHeaders: Record<string, string> = {};
  limits: readonly LimitState[] = [];
  readonly #waiting: ((settlement: SettlementRequest) => void)[] = [];
  #handedOut = 0;

  async reserve(request: Parameters<Meter["reserve"]>[0]): ReturnType<Meter["reserve"]> {
    this.reservations.push(request);
    if (this.refuse !== undefined) throw this.refuse;
    return { headers: this.answerHeaders, limits: this.limits };
  }

  async settle(request: SettlementRequest): ReturnType<Meter["settle"]> {
    this.settlements.push(request);
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      this.#handedOut += 1;
      waiter(request);
    }
    await this.settlementGate;
    if (this.failSettlement !== undefined) throw this.failSettlement;
    const { counts } = request.usage;
    return { costNanoUsd: inputTokensOf(counts) * 10 + outputTokensOf(counts) * 30 };
  }

  /** Resolves to the next settlement that was not asked for yet. */
  nextSettlement(): Promise<SettlementRequest> {
    const settled = this.settlements[this.#handedOut];
    if (settled === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#handedOut += 1;
    return Promise.resolve(settled);
  }
}

export interface TestGateway {
  gateway: Gateway;
  upstream: FakeUpstream;
  meter: TestMeter;
  responses: TestResponses;
  videos: TestVideos;
  /** Further models by name; a plan here goes before a model of the same name. */
  plans: Map<string, ModelPlan>;
  /** What is found behind addresses of media. */
  media: Map<string, FetchedMedia>;
  /** A way to the fake provider, or to another place, such as one where nobody listens. */
  routeTo(origin?: URL, more?: Partial<ModelRoute>): ModelRoute;
  /** Further callers by the key that they send. */
  callers: Map<string, GatewayCaller>;
  log: LoggedLine[];
  /** What telemetry was told, oldest first. */
  observations: Observation[];
  /** Thrown by the port that is told. */
  failObservation: (error: Error | undefined) => void;
  /** Leases that were given out and not released. */
  openLeases(): number;
  /** Resolves when the gateway next learns that a client has gone before its answer was complete. */
  nextDeparture(): Promise<void>;
  /** What `acquire` of the model `tuned` does instead of giving a lease. */
  onAcquire(replacement: ((signal: AbortSignal) => Promise<never>) | undefined): void;
  url: string;
  /** The official SDK against this gateway. */
  client(options?: { apiKey?: string; maxRetries?: number }): OpenAI;
  /** A plain request with the test key. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/**
 * A gateway on a real port before a fake provider. It serves two models: `upstream-model`, named alike on both sides,
 * and `tuned`, which the provider knows as `upstream-model`; a third, `gone`, points at a port where nobody listens.
 */
export const startTestGateway = async (
  options: Partial<GatewayOptions> = {},
  /** Says who calls in place of the keys above. */
  ownAdmission?: Admission,
): Promise<TestGateway> => {
  const upstream = await startFakeUpstream();
  const meter = new TestMeter();
  const responses = new TestResponses();
  const callers = new Map<string, GatewayCaller>();
  const admission = ownAdmission ?? admissionOf(callers);
  const log: LoggedLine[] = [];
  let openLeases = 0;
  let replacement: ((signal: AbortSignal) => Promise<never>) | undefined;
  const plans = new Map<string, ModelPlan>();
  const videos = new TestVideos(plans);
  const routeTo = (origin: URL = upstream.origin, more: Partial<ModelRoute> = {}): ModelRoute => ({
    deployment: `tuned at ${origin.host}`,
    provider: "tuned",
    adapter: "openai-compatible",
    upstreamModel: "upstream-model",
    priceModel: "starter",
    maxOutputTokens: null,
    onDisconnect: { whole: "abort", stream: "abort" },
    async acquire(signal) {
      if (replacement !== undefined) return replacement(signal);
      openLeases += 1;
      return { origin, headers: { authorization: "Bearer worker-token" }, release: () => void (openLeases -= 1) };
    },
    ...more,
  });
  const routes = new Map([
    ["upstream-model", routeTo(upstream.origin)],
    ["tuned", routeTo(upstream.origin)],
    ["org/tuned", routeTo(upstream.origin)],
    // Port 9 of the loopback is the discard service, which nothing runs.
    ["gone", routeTo(new URL("http://127.0.0.1:9"))],
  ]);
  const models: ModelTable = {
    list: async () => [...routes.keys()].map((id) => ({ id, createdAt: new Date(1_700_000_000_500), ownedBy: "you" })),
    async find(_caller, model) {
      const route = routes.get(model);
      return plans.get(model) ?? (route && { steps: [[{ route, weight: 1 }]] });
    },
  };
  const record =
    (level: LoggedLine["level"]) =>
    (fields: Record<string, unknown>, message: string): void =>
      void log.push({ level, fields, message });
  const observations: Observation[] = [];
  let observationFault: Error | undefined;
  let requests = 0;
  const media = new Map<string, FetchedMedia>();
  const gateway = createGateway({
    admission,
    models,
    meter,
    responses,
    videos,
    clock: { now: () => new Date(1_700_000_000_000) },
    newRequestId: () => `req_${(requests += 1)}`,
    async fetchMedia(address) {
      const fetched = media.get(address);
      if (fetched === undefined) throw invalidRequest("It is not there.", { code: "media_not_fetched" });
      return fetched;
    },
    log: { debug: record("debug"), info: record("info"), warn: record("warn"), error: record("error") },
    observe(observation) {
      if (observationFault !== undefined) throw observationFault;
      observations.push(observation);
    },
    options,
  });
  const departures: (() => void)[] = [];
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    void gateway.handleNode(request, response);
    response.once("close", () => {
      if (!response.writableFinished) departures.shift()?.();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    gateway,
    upstream,
    meter,
    responses,
    videos,
    plans,
    media,
    routeTo,
    callers,
    log,
    observations,
    failObservation: (error) => void (observationFault = error),
    openLeases: () => openLeases,
    nextDeparture: () => new Promise((resolve) => departures.push(resolve)),
    onAcquire: (next) => void (replacement = next),
    url,
    client: ({ apiKey = testKey, maxRetries = 0 } = {}) => new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${testKey}`, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await gateway.close();
      await upstream.close();
    },
  };
};
