import { GatewayError, requestTooLarge } from "../errors.ts";
import { joinBytes } from "../json.ts";
import type { Pipeline } from "../pipeline.ts";
import type { GatewayReply, GatewayRequest } from "../receive/exchange.ts";

/** What a platform gives a request besides the request. */
export interface WebContext {
  /** Keeps the program running until the promise is fulfilled, after the answer too: `ctx.waitUntil` of Workers. */
  waitUntil?(promise: Promise<unknown>): void;
}

/** Answers a request by the web's own types; never rejects. */
export type WebHandler = (request: Request, context?: WebContext) => Promise<Response>;

/** Bytes that lie in the stream's queue before the provider is asked to wait. */
const highWaterMarkBytes = 64 * 1024;
/** Nobody is there to read it. */
const clientGone = (): Response => new Response(null, { status: 499 });

const readBody = async (request: Request, limitBytes: number): Promise<Uint8Array> => {
  const tooLarge = requestTooLarge(limitBytes);
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) throw tooLarge;
  const pieces: Uint8Array[] = [];
  const reader = request.body?.getReader();
  let bytes = 0;
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      throw new GatewayError({
        status: 400,
        code: "request_aborted",
        type: "invalid_request_error",
        message: "The request body ended before its announced length.",
        retryable: true,
        cause,
      });
    });
    if (next === undefined || next.done) return joinBytes(pieces);
    bytes += next.value.length;
    if (bytes > limitBytes) {
      await reader?.cancel(tooLarge);
      throw tooLarge;
    }
    pieces.push(next.value);
  }
};

/** An answer that is a `Response` as soon as its head is known. */
class WebReply implements GatewayReply {
  readonly response: Promise<Response>;
  readonly #answered: (response: Response) => void;
  readonly #onCancel: () => void;
  #head: { status: number; headers: Headers } | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onDrain: () => void = () => undefined;
  #over = false;

  constructor(onCancel: () => void) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#answered = resolve;
    this.#onCancel = onCancel;
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.#head ??= { status, headers: new Headers(headers) };
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    const controller = this.#stream();
    controller.enqueue(bytes);
    return (controller.desiredSize ?? 0) > 0;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  end(bytes?: Uint8Array): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#controller === undefined && this.#head !== undefined) {
      // The answer is there as a whole, so it needs no stream. A copy, for the array may be a part of a larger one.
      return this.#answered(new Response(bytes === undefined ? null : new Uint8Array(bytes), this.#head));
    }
    if (bytes !== undefined) this.#controller?.enqueue(bytes);
    this.#controller?.close();
  }

  breakOff(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#controller === undefined) return this.#answered(clientGone());
    this.#controller.error(new Error("the answer was broken off"));
  }

  #stream(): ReadableStreamDefaultController<Uint8Array> {
    if (this.#controller !== undefined) return this.#controller;
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (given) => void (controller = given),
        pull: () => this.#onDrain(),
        cancel: () => {
          this.#over = true;
          this.#onCancel();
        },
      },
      { highWaterMark: highWaterMarkBytes, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    // `start` is called while the stream is made.
    if (controller === undefined) throw new Error("a stream without a controller");
    this.#controller = controller;
    this.#answered(new Response(body, this.#head));
    return controller;
  }
}

/** The pipeline as `Request → Response`. An answer's stream ends only after its settlement. */
export const createWebHandler =
  (pipeline: Pipeline): WebHandler =>
  async (request, context = {}) => {
    const abort = new AbortController();
    const leave = (): void => abort.abort();
    request.signal.addEventListener("abort", leave);
    const { pathname, search } = new URL(request.url);
    const incoming: GatewayRequest = {
      method: request.method,
      url: pathname + search,
      header: (name) => request.headers.get(name) ?? undefined,
      readBody: (limitBytes) => readBody(request, limitBytes),
      signal: abort.signal,
    };
    const reply = new WebReply(leave);
    const handled = pipeline.handle(incoming, reply).finally(() => request.signal.removeEventListener("abort", leave));
    // A request whose client has gone is still to be settled.
    context.waitUntil?.(handled);
    return reply.response;
  };
