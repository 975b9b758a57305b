/**
 * One process of the benchmark, by role: `upstream` answers like a provider, `bare` passes requests on with nothing
 * but `http` and undici's `dispatch`, `gateway` is the gateway with ports that answer from memory.
 * Over IPC it tells its port when it listens, and its CPU time whenever it is asked.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { Agent } from "undici";
import { createGateway } from "@llm-tuner/gateway/gateway.ts";
import { type GatewayCaller, type ModelRoute, noBounds } from "@llm-tuner/gateway/ports.ts";

const [role, upstreamUrl] = process.argv.slice(2);

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const frame = { id: "chatcmpl-1", created: 1, model: "upstream-model" };
const usage = { prompt_tokens: 60, completion_tokens: 60, total_tokens: 120 };

const upstream = (): RequestListener => {
  const whole = JSON.stringify({
    ...frame,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "word ".repeat(180) }, finish_reason: "stop" }],
    usage,
  });
  const chunk = (delta: object, finish_reason: string | null): string =>
    event({ ...frame, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] });
  const chunks = Array.from({ length: 60 }, (_, index) => chunk({ content: `word ${index} ` }, null));
  const end = chunk({}, "stop") + event({ ...frame, choices: [], usage });
  const answer = (response: ServerResponse, streamed: boolean): void => {
    if (!streamed) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    // One write per turn of the loop, as from a model that makes one token after the other.
    const next = (index: number): void => {
      const piece = chunks[index];
      if (piece === undefined) return void response.end(`${end}data: [DONE]\n\n`);
      response.write(piece);
      setImmediate(next, index + 1);
    };
    next(0);
  };
  return (request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString("latin1")));
    request.on("end", () => answer(response, body.includes('"stream":true')));
  };
};

const bareProxy = (origin: string): RequestListener => {
  const agent = new Agent({ pipelining: 1 });
  const pass = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const headers = { "content-type": "application/json" };
    const options = { origin, path: request.url ?? "/", method: "POST", headers, body } as const;
    agent.dispatch(options, {
      onRequestStart: (controller) => {
        response.on("drain", () => controller.resume());
        response.on("close", () => {
          if (!response.writableFinished) controller.abort(new Error("the client went away"));
        });
      },
      onResponseStart: (_controller, status, { "content-type": type }) =>
        void response.writeHead(status, { "content-type": String(type) }),
      onResponseData: (controller, piece) => {
        if (!response.write(piece)) controller.pause();
      },
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    });
  };
  return (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => pass(request, response, Buffer.concat(pieces)));
  };
};

const gatewayBefore = (origin: string): RequestListener => {
  const caller: GatewayCaller = {
    accountId: "user_1",
    keyId: "key_1",
    scopes: new Set(["chat"]),
    tier: "standard",
    bounds: noBounds,
    headers: {},
  };
  const callers = new Map([["bench-key", caller]]);
  const lease = { origin: new URL(origin), headers: { authorization: "Bearer worker" }, release: () => undefined };
  const route: ModelRoute = {
    provider: "tuned",
    adapter: "openai-compatible",
    upstreamModel: "upstream-model",
    priceModel: "starter",
    acquire: async () => lease,
  };
  const ignore = (): void => undefined;
  let requests = 0;
  const gateway = createGateway({
    admission: { authenticate: async ({ bearer = "" }) => callers.get(bearer) ?? caller },
    models: { list: async () => [], find: async () => route },
    meter: {
      reserve: async () => ({}),
      settle: async ({ inputTokens, outputTokens }) => ({ costNanoUsd: inputTokens * 10 + outputTokens * 30 }),
    },
    clock: { now: () => new Date() },
    newRequestId: () => `req_${(requests += 1)}`,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  return (request, response) => void gateway.handleNode(request, response);
};

const listenerOf = (): RequestListener => {
  if (role === "upstream") return upstream();
  if (upstreamUrl === undefined) throw new Error(`the role ${role} needs the address of the upstream`);
  return role === "bare" ? bareProxy(upstreamUrl) : gatewayBefore(upstreamUrl);
};

const server = createServer(listenerOf());
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("message", () => process.send?.(process.cpuUsage()));
