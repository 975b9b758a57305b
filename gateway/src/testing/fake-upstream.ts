import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isJsonObject, type JsonObject } from "../json.ts";

/** What the fake does next within an answer. */
export type FakeStep =
  /** Writes these bytes as one piece. */
  | { send: string | Uint8Array }
  /** Waits until the promise is fulfilled; a promise that never is makes a stall. */
  | { wait: Promise<unknown> }
  /** Breaks the connection off. */
  | { reset: true };

/** One answer: the steps, then a proper end. Without `status` it is 200, without a type it is an event stream. */
export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Holds back even the status line until then. */
  after?: Promise<unknown>;
  steps: readonly FakeStep[];
}

export interface FakeRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: JsonObject;
  /** Resolves when the answer is over: true when the other side broke it off. */
  over: Promise<boolean>;
}

export interface FakeUpstream {
  origin: URL;
  /** Every request that arrived, oldest first. */
  requests: FakeRequest[];
  /** The fake's own count of what it generated, as an oracle for bills. */
  counts: { promptTokens: number; completionTokens: number };
  /** Connections that were opened to it. */
  connections(): number;
  /** Plans the answers of the next requests, one each; unplanned requests are answered like a small model would. */
  plan(...answers: (FakeAnswer | ((request: FakeRequest) => FakeAnswer))[]): void;
  /** Resolves when the next request, or the first that was not asked for yet, has arrived. */
  nextRequest(): Promise<FakeRequest>;
  close(): Promise<void>;
}

/** The body of a request; a form is left to whoever looks at its text, and a GET has none. */
const readJson = (text: string, contentType: string | undefined): JsonObject => {
  if (text === "" || contentType?.startsWith("multipart/form-data") === true) return {};
  const body: unknown = JSON.parse(text);
  if (!isJsonObject(body)) throw new Error("the gateway sent a body that is not an object");
  return body;
};

/** An event as a provider writes it. */
export const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
export const doneEvent = "data: [DONE]\n\n";

/** A chunk of a streamed chat answer; `delta` null leaves the choices empty. */
export const chatChunk = (delta: JsonObject | null, more: JsonObject = {}): JsonObject => {
  const { finish_reason = null, ...rest } = more;
  const choices = delta === null ? [] : [{ index: 0, delta, finish_reason }];
  return { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "upstream-model", choices, ...rest };
};

export const usageOf = (prompt_tokens: number, completion_tokens: number): JsonObject => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
});

/** Sends each text as one piece. */
export const sends = (...texts: string[]): FakeStep[] => texts.map((send) => ({ send }));

/** A JSON answer in one piece. */
export const jsonAnswer = (body: unknown, status = 200, headers: Record<string, string> = {}): FakeAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  steps: [{ send: JSON.stringify(body) }],
});

const words = ["The", " answer", " is", " grün", "."];

/** Answers as a server of the dialect does: whole or streamed, with usage where it is asked for. */
const answerLikeAModel = ({ path, body }: FakeRequest): FakeAnswer => {
  const isChat = path === "/v1/chat/completions";
  const usage = usageOf(7, words.length);
  const frame = { id: "cmpl-1", created: 1, model: body["model"] };
  const text = words.join("");
  if (body["stream"] !== true) {
    const answer = isChat ? { message: { role: "assistant", content: text } } : { text };
    const object = isChat ? "chat.completion" : "text_completion";
    return jsonAnswer({ ...frame, object, choices: [{ index: 0, ...answer, finish_reason: "stop" }], usage });
  }
  const wantsUsage = isJsonObject(body["stream_options"]) && body["stream_options"]["include_usage"] === true;
  const object = isChat ? "chat.completion.chunk" : "text_completion";
  const chunk = (piece: string, finish_reason: string | null): string => {
    const answer = isChat ? { delta: piece === "" ? {} : { content: piece } } : { text: piece };
    const choices = [{ index: 0, ...answer, finish_reason }];
    return event({ ...frame, object, choices, ...(wantsUsage ? { usage: null } : {}) });
  };
  const role = {
    ...frame,
    object,
    choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
  };
  const pieces = [...words.map((word) => chunk(word, null)), chunk("", "stop")];
  if (isChat) pieces.unshift(event(role));
  if (wantsUsage) pieces.push(event({ ...frame, object, choices: [], usage }));
  return { steps: sends(...pieces, doneEvent) };
};

/** Waits until the bytes have left, or the other side has gone. */
const written = (response: ServerResponse, bytes: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    response.once("close", resolve);
    response.write(bytes, () => {
      response.off("close", resolve);
      resolve();
    });
  });

const play = async (response: ServerResponse, answer: FakeAnswer): Promise<void> => {
  const { status = 200, headers, after, steps } = answer;
  await after;
  response.writeHead(status, { "content-type": "text/event-stream", ...headers });
  response.flushHeaders();
  for (const step of steps) {
    if ("wait" in step) await step.wait;
    else if ("reset" in step) return void response.destroy();
    else await written(response, step.send);
    if (response.destroyed) return;
  }
  response.end();
};

const readText = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
};

/** Starts a real HTTP server on the loopback that behaves like a provider, or as badly as it is told to. */
export const startFakeUpstream = async (): Promise<FakeUpstream> => {
  const requests: FakeRequest[] = [];
  const planned: Parameters<FakeUpstream["plan"]> = [];
  const waiting: ((request: FakeRequest) => void)[] = [];
  const counts = { promptTokens: 0, completionTokens: 0 };
  let handedOut = 0;
  let connections = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const over = once(response, "close").then(() => !response.writableFinished);
    const text = await readText(request);
    const { method = "", headers, url = "" } = request;
    const arrived: FakeRequest = {
      method,
      path: url,
      headers,
      text,
      body: readJson(text, headers["content-type"]),
      over,
    };
    requests.push(arrived);
    const next = planned.shift() ?? answerLikeAModel;
    if (next === answerLikeAModel) {
      counts.promptTokens += 7;
      counts.completionTokens += words.length;
    }
    const waiter = waiting.shift();
    if (waiter !== undefined) {
      handedOut += 1;
      waiter(arrived);
    }
    await play(response, typeof next === "function" ? next(arrived) : next);
  };
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => void answer(request, response));
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    origin: new URL(`http://127.0.0.1:${port}`),
    requests,
    counts,
    connections: () => connections,
    plan: (...answers) => void planned.push(...answers),
    nextRequest() {
      const arrived = requests[handedOut];
      if (arrived === undefined) return new Promise((resolve) => waiting.push(resolve));
      handedOut += 1;
      return Promise.resolve(arrived);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
