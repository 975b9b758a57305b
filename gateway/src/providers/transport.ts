import { Agent, errors, type Dispatcher } from "undici";
import type { GatewayOptions } from "../options.ts";
import type {
  Transport,
  UpstreamControl,
  UpstreamFailureKind,
  UpstreamHeaders,
  UpstreamListener,
  UpstreamRequest,
} from "./upstream.ts";

const failureKind = (error: Error, answered: boolean): UpstreamFailureKind => {
  if (error instanceof errors.ConnectTimeoutError) return "connect-timeout";
  if (error instanceof errors.HeadersTimeoutError) return "first-byte-timeout";
  if (error instanceof errors.BodyTimeoutError) return "idle-timeout";
  if (error.name === "HTTPParserError" || error instanceof errors.HeadersOverflowError) return "protocol";
  if (answered || error instanceof errors.SocketError) return "disconnected";
  const code: unknown = "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE" ? "disconnected" : "unreachable";
};

const flatHeaders = (headers: Record<string, string | string[] | undefined>): UpstreamHeaders => {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
};

/** One exchange by undici's callbacks; it may be paused or aborted before undici has taken it up. */
class Exchange implements Dispatcher.DispatchHandler, UpstreamControl {
  readonly #listener: UpstreamListener;
  #controller: Dispatcher.DispatchController | undefined;
  #answered = false;
  #over = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  pause(): void {
    if (!this.#over) this.#controller?.pause();
  }

  resume(): void {
    // Once the exchange is over, its socket may be carrying the next one.
    if (!this.#over) this.#controller?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller?.abort(new errors.RequestAbortedError());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#over || status < 200) return;
    this.#answered = true;
    this.#listener.onStart(status, flatHeaders(headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#listener.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.onFailure({ kind: failureKind(error, this.#answered), cause: error });
  }
}

/**
 * The transport of Node: undici's `dispatch`, which costs a fraction of `fetch`. Connections are kept alive per origin
 * and carry one request at a time; time limits are undici's own.
 */
export const createUndiciTransport = (options: GatewayOptions): Transport => {
  const agent = new Agent({
    connections: options.maxConnectionsPerOrigin,
    pipelining: 1,
    connect: { timeout: options.connectTimeoutMs },
  });
  return {
    send({ origin, method, path, headers, body, headersTimeoutMs, idleTimeoutMs }: UpstreamRequest, listener) {
      const exchange = new Exchange(listener);
      const timeouts = { headersTimeout: headersTimeoutMs, bodyTimeout: idleTimeoutMs };
      agent.dispatch({ origin: origin.origin, path, method, headers: { ...headers }, body, ...timeouts }, exchange);
      return exchange;
    },
    close: () => agent.destroy(),
  };
};
