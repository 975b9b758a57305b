import type {
  Transport,
  UpstreamControl,
  UpstreamFailureKind,
  UpstreamHeaders,
  UpstreamListener,
  UpstreamRequest,
} from "../providers/upstream.ts";

const flatHeaders = (headers: Headers): UpstreamHeaders => {
  const flat: Record<string, string> = {};
  for (const [name, value] of headers) flat[name] = value;
  // `fetch` decodes what is compressed and leaves the headers, which would then be wrong.
  if (flat["content-encoding"] !== undefined) {
    delete flat["content-encoding"];
    delete flat["content-length"];
  }
  return flat;
};

/** One exchange by `fetch`, paused by not reading on. */
class FetchExchange implements UpstreamControl {
  readonly #listener: UpstreamListener;
  readonly #request: UpstreamRequest;
  readonly #abort = new AbortController();
  #resumed: PromiseWithResolvers<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timedOut: UpstreamFailureKind | undefined;
  #answered = false;
  #over = false;

  constructor(request: UpstreamRequest, listener: UpstreamListener) {
    this.#request = request;
    this.#listener = listener;
  }

  pause(): void {
    this.#resumed ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.resume();
    this.#abort.abort();
  }

  async run(send: typeof fetch): Promise<void> {
    try {
      await this.#exchange(send);
      if (this.#over) return;
      this.#over = true;
      clearTimeout(this.#timer);
      this.#listener.onEnd();
    } catch (cause) {
      if (this.#over) return;
      this.#over = true;
      clearTimeout(this.#timer);
      // Anything that breaks before a status line looks alike to `fetch`.
      const kind = this.#timedOut ?? (this.#answered ? "disconnected" : "unreachable");
      this.#listener.onFailure({ kind, cause });
    }
  }

  async #exchange(send: typeof fetch): Promise<void> {
    const { origin, path, method, headers, body, headersTimeoutMs, idleTimeoutMs } = this.#request;
    this.#limit("first-byte-timeout", headersTimeoutMs);
    const response = await send(origin.origin + path, {
      method,
      headers: { ...headers },
      // A copy: the bytes may be a part of a larger array.
      ...(body === null ? {} : { body: new Uint8Array(body) }),
      redirect: "manual",
      signal: this.#abort.signal,
    });
    if (this.#over) return;
    this.#answered = true;
    this.#listener.onStart(response.status, flatHeaders(response.headers));
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    while (!this.#over) {
      if (this.#resumed !== undefined) {
        // It is the client that is slow.
        clearTimeout(this.#timer);
        await this.#resumed.promise;
        if (this.#over) return;
      }
      this.#limit("idle-timeout", idleTimeoutMs);
      const { done, value } = await reader.read();
      if (done) return;
      if (!this.#over) this.#listener.onData(value);
    }
  }

  #limit(kind: UpstreamFailureKind, timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timedOut = kind;
      this.#abort.abort(new Error(kind));
    }, timeoutMs);
  }
}

/** The transport where only the web's interfaces exist. On Node undici's `dispatch` costs a fraction of it. */
export const createFetchTransport = (send: typeof fetch = fetch): Transport => {
  const open = new Set<FetchExchange>();
  return {
    send(request, listener) {
      const exchange = new FetchExchange(request, listener);
      open.add(exchange);
      // `run` tells the listener of every failure and never rejects itself.
      void exchange.run(send).finally(() => open.delete(exchange));
      return exchange;
    },
    close: async () => {
      for (const exchange of open) exchange.abort();
    },
  };
};
