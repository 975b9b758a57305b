/**
 * A process of the benchmark, by role: `upstream` answers like a provider, `bare` passes requests on to the address
 * given with nothing but `http` and undici's `dispatch`. Over IPC it tells its port when it listens; the upstream takes
 * its behaviour the same way, and repeats it when it holds.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { Agent } from "undici";
import { atOnce, contentOfEvent, contentOfWhole, eventsOfStream, UpstreamBehaviour } from "./upstream-behaviour.ts";

const [role, upstreamUrl] = process.argv.slice(2);

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const frame = { id: "chatcmpl-1", created: 1, model: "upstream-model" };
const usage = { prompt_tokens: 60, completion_tokens: 60, total_tokens: 120 };
const chunk = (delta: object, finishReason: string | null): string =>
  event({ ...frame, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finishReason }] });

const whole = Buffer.from(
  JSON.stringify({
    ...frame,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: contentOfWhole }, finish_reason: "stop" }],
    usage,
  }),
);
const chunks = Array.from({ length: eventsOfStream }, (_, index) =>
  chunk({ content: contentOfEvent(index), ...(index === 0 ? { role: "assistant" } : {}) }, null),
);
const streamEnd = `${chunk({}, "stop") + event({ ...frame, object: "chat.completion.chunk", choices: [], usage })}data: [DONE]\n\n`;

let behaviour = atOnce;

const stream = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  // One write per turn of the loop, as from a model that makes one token after the other.
  const next = (index: number): void => {
    if (response.destroyed) return;
    const piece = chunks[index];
    if (piece === undefined) return void response.end(streamEnd);
    response.write(piece);
    if (index === 0 && behaviour.holdSecondEventMs > 0) setTimeout(next, behaviour.holdSecondEventMs, 1);
    else setImmediate(next, index + 1);
  };
  next(0);
};

const answer = (response: ServerResponse, streamed: boolean): void => {
  if (streamed) return stream(response);
  response.writeHead(200, { "content-type": "application/json", "content-length": String(whole.length) });
  response.end(whole);
};

const upstream: RequestListener = (request, response) => {
  // LiteLLM asks for the provider's models when it starts.
  if (request.method === "GET") return void response.writeHead(200).end("{}");
  let body = "";
  request.on("data", (piece: Buffer) => (body += piece.toString("latin1")));
  request.on("end", () => {
    const streamed = /"stream": ?true/.test(body);
    if (behaviour.latencyMs > 0) setTimeout(answer, behaviour.latencyMs, response, streamed);
    else answer(response, streamed);
  });
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

const listenerOf = (): RequestListener => {
  if (role === "upstream") return upstream;
  if (upstreamUrl === undefined) throw new Error(`The role ${role} needs the address of the upstream.`);
  return bareProxy(upstreamUrl);
};

const server = createServer({ keepAliveTimeout: 600_000 }, listenerOf());
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("message", (message) => {
  behaviour = UpstreamBehaviour.parse(message);
  process.send?.(behaviour);
});
