import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { invalidApiKey } from "../errors.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { GatewayOptions } from "../options.ts";
import {
  type Admission,
  type GatewayCaller,
  type Meter,
  type ModelRoute,
  type ModelTable,
  noBounds,
  type SettlementRequest,
} from "../ports.ts";
import { startFakeUpstream, type FakeUpstream } from "./fake-upstream.ts";

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
  readonly #waiting: ((settlement: SettlementRequest) => void)[] = [];
  #handedOut = 0;

  async reserve(request: Parameters<Meter["reserve"]>[0]): ReturnType<Meter["reserve"]> {
    this.reservations.push(request);
    if (this.refuse !== undefined) throw this.refuse;
    return { headers: this.answerHeaders };
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
    return { costNanoUsd: request.inputTokens * 10 + request.outputTokens * 30 };
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
  /** Further callers by the key that they send. */
  callers: Map<string, GatewayCaller>;
  log: LoggedLine[];
  /** Leases that were given out and not released. */
  openLeases(): number;
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
  const callers = new Map<string, GatewayCaller>();
  const admission = ownAdmission ?? admissionOf(callers);
  const log: LoggedLine[] = [];
  let openLeases = 0;
  let replacement: ((signal: AbortSignal) => Promise<never>) | undefined;
  const routeTo = (origin: URL): ModelRoute => ({
    provider: "tuned",
    adapter: "openai-compatible",
    upstreamModel: "upstream-model",
    priceModel: "starter",
    async acquire(signal) {
      if (replacement !== undefined) return replacement(signal);
      openLeases += 1;
      return { origin, headers: { authorization: "Bearer worker-token" }, release: () => void (openLeases -= 1) };
    },
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
    find: async (_caller, model) => routes.get(model),
  };
  const record =
    (level: LoggedLine["level"]) =>
    (fields: Record<string, unknown>, message: string): void =>
      void log.push({ level, fields, message });
  let requests = 0;
  const gateway = createGateway({
    admission,
    models,
    meter,
    clock: { now: () => new Date(1_700_000_000_000) },
    newRequestId: () => `req_${(requests += 1)}`,
    log: { debug: record("debug"), info: record("info"), warn: record("warn"), error: record("error") },
    options,
  });
  const server = createServer((request, response) => void gateway.handleNode(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    gateway,
    upstream,
    meter,
    callers,
    log,
    openLeases: () => openLeases,
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
