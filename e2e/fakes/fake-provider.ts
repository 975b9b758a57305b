import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Behaviour, BehaviourInput } from "./behaviour.ts";
import { controlFor } from "./control.ts";
import { behaviourIn } from "./directives.ts";
import { Journal, totalsOf, type ArrivedCall, type CallEnd, type FakeCall, type Totals } from "./journal.ts";
import { Plan } from "./plan.ts";
import { pause, play, playRaw, type Stage } from "./play.ts";
import { readRequest } from "./read-request.ts";
import { ProviderError, type FakeRequest, type ProviderDialect } from "./reply.ts";
import { nothingWritten, usageOf } from "./usage.ts";

export interface FakeOptions {
  port?: number;
  /** File of the counts; the fake goes on from what is in it. Without it the counts end with the process. */
  journalPath?: string;
  apiKey?: string;
}

/** What came in, for tests that ask what was sent upstream. */
export type SeenRequest = Pick<FakeRequest, "call" | "method" | "path" | "headers" | "body">;

export interface FakeProvider {
  origin: string;
  apiKey: string;
  /** Plans how the next calls are answered, one behaviour each unless it says `times`. */
  plan(...behaviours: BehaviourInput[]): void;
  /** Sets what holds for all calls; null ends it. */
  behave(behaviour: BehaviourInput | null): void;
  /** Forgets plans and standing behaviour; counts stay. */
  clear(): void;
  /** Lets every stalled answer go on. */
  release(): void;
  calls(): FakeCall[];
  totals(): Totals;
  /** The latest thousand requests, oldest first. */
  requests(): SeenRequest[];
  /** Resolves when so many calls in all have arrived, or have ended. */
  reached(event: "arrived" | "ended", count: number): Promise<void>;
  /** Connections that were opened to it. */
  connections(): number;
  close(): Promise<void>;
}

const keptRequests = 1000;

const pageOf = (kind: "html" | "text" | "empty", status: number): { type: string; text: string } =>
  kind === "html"
    ? {
        type: "text/html",
        text: `<html><head><title>${status}</title></head><body><h1>upstream error</h1></body></html>`,
      }
    : { type: "text/plain", text: kind === "text" ? "upstream connect error or disconnect/reset before headers" : "" };

const ended = (status: number, fault: string | null): CallEnd => ({
  status,
  outcome: fault === null ? "finished" : "fault",
  fault,
  usage: usageOf(),
  planned: usageOf(),
  written: { ...nothingWritten },
  usageReported: false,
});

interface Parts {
  dialect: ProviderDialect;
  apiKey: string;
  journal: Journal;
  plan: Plan;
  seen: SeenRequest[];
  released(): Promise<void>;
}

/** Writes a refusal; `fault` names the planned fault that it is. */
const refuse = (
  { dialect }: Parts,
  stage: Pick<Stage, "response" | "behaviour" | "end">,
  request: FakeRequest,
  error: ProviderError,
  fault: string | null,
): void => {
  const kind = stage.behaviour.error?.body ?? "json";
  const headers = dialect.headers(request, error);
  stage.end(ended(error.status, fault));
  if (kind !== "json" && kind !== "array") {
    const { type, text } = pageOf(kind, error.status);
    stage.response.writeHead(error.status, { ...headers, "content-type": type }).end(text);
    return;
  }
  const body = dialect.errorBody(error, request);
  stage.response.writeHead(error.status, { ...headers, "content-type": "application/json" });
  stage.response.end(JSON.stringify(kind === "array" ? [body] : body));
};

const plannedError = ({ error, errorEvent }: Behaviour): ProviderError => {
  const { status = 500, type, message = "The fake was told to fail." } = error ?? errorEvent ?? {};
  const more = { type, code: error?.code, retryAfterSeconds: error?.retryAfterSeconds, details: error?.details };
  return new ProviderError(status, message, more);
};

/** Finds the reply and plays it; every way out has said how the call ended. */
const answer = async (parts: Parts, request: FakeRequest, stage: Stage): Promise<void> => {
  const { response, behaviour } = stage;
  const closed = once(response, "close").then(() => undefined);
  await pause(behaviour.latencyMs?.headers, closed);
  if (response.destroyed) return stage.end({ ...ended(0, null), status: null, outcome: "client_gone" });
  if (behaviour.error !== undefined) return refuse(parts, stage, request, plannedError(behaviour), "error");
  if (behaviour.raw !== undefined) return playRaw(stage, behaviour.raw);
  await play(stage, parts.dialect.handle(request, behaviour));
};

const receive = async (parts: Parts, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { dialect, journal, plan, seen, apiKey } = parts;
  const { incoming: read, bad } = await readRequest(incoming);
  const described = dialect.describe({ ...read, call: 0 });
  const facts = { method: read.method, path: read.path, model: described.model, stream: described.stream };
  const requestId = read.headers["x-request-id"];
  const arrived: ArrivedCall = journal.arrive({
    requestId: typeof requestId === "string" ? requestId : null,
    ...facts,
  });
  const request: FakeRequest = { ...read, call: arrived.call };
  const { call, method, path, headers, body } = request;
  seen.push({ call, method, path, headers, body });
  if (seen.length > keptRequests) seen.shift();
  const end = (how: CallEnd): void => journal.end(arrived, how);
  try {
    dialect.checkKey(request, apiKey);
    if (bad !== undefined) throw bad;
    const behaviour = plan.take(facts, behaviourIn(described.prompt));
    const errorEvent = () => dialect.errorEvent(plannedError(behaviour), request);
    const common = { response, behaviour, headers: dialect.headers(request, undefined), end, errorEvent };
    await answer(parts, request, { ...common, released: parts.released });
  } catch (error) {
    // An error of the fake itself must be seen, too, and not look like the provider's.
    const known = error instanceof ProviderError ? error : new ProviderError(599, `the fake failed: ${String(error)}`);
    if (response.headersSent) throw error;
    refuse(parts, { response, behaviour: {}, end }, request, known, known === error ? null : "fake");
  }
};

/** Starts a provider's fake on the loopback. */
export const startFakeProvider = async (dialect: ProviderDialect, options: FakeOptions = {}): Promise<FakeProvider> => {
  const { port = 0, journalPath, apiKey = `fake-${dialect.name}-key` } = options;
  const [journal, plan, seen] = [new Journal(journalPath), new Plan(), new Array<SeenRequest>()];
  let stalled = Promise.withResolvers<void>();
  let connections = 0;
  const running = new Set<Promise<void>>();
  const parts: Parts = { dialect, apiKey, journal, plan, seen, released: () => stalled.promise };
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    const isControl = request.url?.startsWith("/__fake/") === true;
    const handled = isControl ? control(request, response) : receive(parts, request, response);
    // The client left while it sent, or the fake broke in the middle of an answer.
    const settled = handled.catch((error: unknown) => {
      if (!request.destroyed || response.headersSent) console.error("the fake could not answer:", error);
      response.destroy();
    });
    if (isControl) return;
    running.add(settled);
    void settled.then(() => running.delete(settled));
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const address = server.address() as AddressInfo;
  const fake: FakeProvider = {
    origin: `http://127.0.0.1:${address.port}`,
    apiKey,
    plan: (...behaviours) => plan.add(...behaviours),
    behave: (behaviour) => plan.stand(behaviour),
    clear: () => plan.clear(),
    release() {
      stalled.resolve();
      stalled = Promise.withResolvers();
    },
    calls: () => journal.calls(),
    totals: () => totalsOf(journal.calls()),
    requests: () => [...seen],
    reached: (event, count) => journal.reached(event, count),
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      // What was broken off by this has to be written down, too.
      await Promise.all(running);
    },
  };
  const control = controlFor(fake);
  return fake;
};
