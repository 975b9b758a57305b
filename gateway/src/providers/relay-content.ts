import { toGatewayError, type GatewayError } from "../errors.ts";
import { joinBytes } from "../json.ts";
import type { GatewayOptions } from "../options.ts";
import type { GatewayReply } from "../receive/exchange.ts";
import { Departure } from "./departure.ts";
import { BodyCollector, refusedEncoding } from "./exchange.ts";
import { invalidProviderAnswer, providerFailure } from "./provider-errors.ts";
import type { Provider } from "./provider.ts";
import type {
  Transport,
  UpstreamControl,
  UpstreamFailure,
  UpstreamHeaders,
  UpstreamListener,
  UpstreamRequest,
} from "./upstream.ts";

const maxErrorBytes = 256 * 1024;
const passedHeaders = ["content-length", "content-range", "accept-ranges"] as const;

export interface ContentArgs {
  transport: Transport;
  request: UpstreamRequest;
  reply: GatewayReply;
  readError: Provider["readError"];
  options: Pick<GatewayOptions, "clientStallTimeoutMs">;
  totalTimeoutMs: number;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Headers of the answer, asked for when the provider's have come. */
  headers(): Readonly<Record<string, string>>;
}

/** How a file was relayed; without either field it arrived as a whole. */
export interface RelayedContent {
  /** Nothing was sent: it lies there, by the words of the provider. */
  redirectedTo?: string;
  /** Why the answer was broken off after it had begun. */
  brokenOffBy?: GatewayError;
}

const contentHeaders = (headers: UpstreamHeaders): Record<string, string> => {
  const type = headers["content-type"] ?? "";
  // A page or a script of another's making must not look like one of this server's.
  const isMedia = /^(video|image|audio)\/[\w.+-]+$/.test(type) && !type.startsWith("image/svg");
  const passed = passedHeaders.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passed), "content-type": isMedia ? type : "application/octet-stream" };
};

class ContentRelay implements UpstreamListener {
  readonly #args: ContentArgs;
  readonly #resolve: (relayed: RelayedContent) => void;
  readonly #reject: (error: GatewayError) => void;
  readonly #errorBody = new BodyCollector(maxErrorBytes);
  readonly #departure: Departure;
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #committed = false;
  #over = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;

  constructor(args: ContentArgs, resolve: (relayed: RelayedContent) => void, reject: (error: GatewayError) => void) {
    this.#args = args;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#departure = new Departure({
      signal: args.signal,
      totalTimeoutMs: args.totalTimeoutMs,
      drain: () => undefined,
      breakOff: () => this.#leave(),
      expire: () => this.onFailure({ kind: "total-timeout", cause: undefined }),
    });
  }

  begin(): void {
    const { signal, transport, request, reply } = this.#args;
    if (signal.aborted) return this.#leave();
    reply.onDrain(() => this.#resume());
    const control = transport.send(request, this);
    if (this.#over) control.abort();
    this.#control = control;
  }

  onStart(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const { location } = headers;
    if (status >= 300 && status < 400 && location !== undefined) return this.#finish({ redirectedTo: location });
    if (status !== 200 && status !== 206) return;
    const encoding = refusedEncoding(headers);
    if (encoding !== undefined) return this.#fail(encoding);
    this.#committed = true;
    this.#args.reply.start(status, { ...this.#args.headers(), ...contentHeaders(headers) });
  }

  onData(chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#committed) this.#write(chunk);
    else if (!this.#errorBody.push(chunk)) this.#fail(invalidProviderAnswer("sent an answer that is too large"));
  }

  onEnd(): void {
    if (this.#over) return;
    if (!this.#committed) return this.#fail(this.#refusal());
    this.#args.reply.end();
    this.#finish({});
  }

  onFailure(failure: UpstreamFailure): void {
    this.#fail(providerFailure(failure));
  }

  #refusal(): GatewayError {
    const body = joinBytes(this.#errorBody.pieces());
    try {
      return this.#args.readError({ status: this.#status, headers: this.#headers, body });
    } catch (thrown) {
      return toGatewayError(thrown);
    }
  }

  #write(bytes: Uint8Array): void {
    const { reply, options } = this.#args;
    if (reply.write(bytes) || this.#stalled !== undefined) return;
    this.#control?.pause();
    this.#stalled = setTimeout(() => this.#leave(), options.clientStallTimeoutMs);
  }

  #resume(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (!this.#over) this.#control?.resume();
  }

  /** Nobody takes it any more. */
  #leave(): void {
    if (this.#over) return;
    this.#args.reply.breakOff();
    this.#finish({});
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    if (this.#committed) {
      this.#args.reply.breakOff();
      return this.#finish({ brokenOffBy: error });
    }
    this.#stop();
    this.#reject(error);
  }

  #finish(relayed: RelayedContent): void {
    this.#stop();
    this.#resolve(relayed);
  }

  #stop(): void {
    this.#over = true;
    this.#departure.end();
    clearTimeout(this.#stalled);
    this.#control?.abort();
  }
}

/**
 * Relays a file as fast as its client takes it; no more of it is held than lies in the buffers of the two connections. Rejects
 * with what the provider refused it with, as long as nothing was sent. When the client goes away the provider is told to stop.
 */
export const relayContent = (args: ContentArgs): Promise<RelayedContent> =>
  new Promise((resolve, reject) => {
    new ContentRelay(args, resolve, reject).begin();
  });
