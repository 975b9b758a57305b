import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError, requestTooLarge } from "../errors.ts";
import { joinBytes } from "../json.ts";
import type { Pipeline } from "../pipeline.ts";
import type { GatewayReply, GatewayRequest } from "../receive/exchange.ts";

const clientWentAway = (cause?: unknown): GatewayError =>
  new GatewayError({
    status: 400,
    code: "request_aborted",
    type: "invalid_request_error",
    message: "The request body ended before its announced length.",
    retryable: true,
    cause,
  });

/** What is beyond the limit is read and thrown away, so that the client gets to read why it was refused. */
const readBody = (request: IncomingMessage, limitBytes: number): Promise<Uint8Array> => {
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) {
    request.resume();
    return Promise.reject(requestTooLarge(limitBytes));
  }
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) return pieces.push(chunk);
      pieces.length = 0;
      return reject(requestTooLarge(limitBytes));
    });
    request.once("end", () => resolve(joinBytes(pieces)));
    request.once("error", (cause) => reject(clientWentAway(cause)));
    request.once("close", () => {
      // It closes after a whole body too, where an error that nobody gets would cost its stack all the same.
      if (!request.complete) reject(clientWentAway());
    });
  });
};

/** Names and values in turn, which Node writes as they are: from an object it would first make such a list for each header. */
const listOf = (common: GivenByHost["headers"], own: Readonly<Record<string, string>>): string[] => {
  const list: string[] = [];
  for (const name in common) if (!(name in own)) list.push(name, common[name] ?? "");
  for (const name in own) list.push(name, own[name] ?? "");
  return list;
};

const nodeReply = (response: ServerResponse, common: GivenByHost["headers"]): GatewayReply => ({
  start(status, headers) {
    if (response.destroyed) return;
    response.writeHead(status, common === undefined ? headers : listOf(common, headers));
  },
  write: (bytes) => (response.destroyed ? true : response.write(bytes)),
  onDrain: (listener) => response.on("drain", listener),
  end(bytes) {
    if (!response.destroyed) response.end(bytes);
  },
  breakOff: () => response.destroy(),
});

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** What whoever runs the server may give with a request. */
export interface GivenByHost {
  /** By which the server knows the request; without it the gateway makes one. */
  requestId?: string;
  /** For every answer; those of the gateway's own replace them. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * Answers a request of Node's `http` server. The body must not have been read. Headers that were set on `response`
 * before are kept. Resolves when the answer is written or the client has gone; never rejects.
 */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, given?: GivenByHost) => Promise<void>;

/** The pipeline behind Node's `http` server. */
export const createNodeHandler =
  (pipeline: Pipeline): NodeHandler =>
  async (request, response, { requestId, headers } = {}) => {
    const abort = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) abort.abort();
    });
    // A broken connection also closes the response, which is where it is acted upon.
    response.on("error", () => abort.abort());
    const incoming: GatewayRequest = {
      method: request.method ?? "GET",
      url: request.url ?? "/",
      header: (name) => headerOf(request, name),
      readBody: (limitBytes) => readBody(request, limitBytes),
      signal: abort.signal,
      requestId,
    };
    await pipeline.handle(incoming, nodeReply(response, headers));
  };
