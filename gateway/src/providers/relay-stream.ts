import { toGatewayError, type GatewayError } from "../errors.ts";
import { encodeText, joinBytes } from "../json.ts";
import { nothingUsed } from "../meter/usage.ts";
import type { Outcome } from "../ports.ts";
import type { GatewayReply } from "../receive/exchange.ts";
import { openAiErrorEvent } from "../receive/openai-errors.ts";
import { BodyCollector, refusedEncoding, type ExchangeArgs, type ExchangeResult } from "./exchange.ts";
import { invalidProviderAnswer, providerFailure } from "./provider-errors.ts";
import type { StreamTranslator } from "./provider.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "./upstream.ts";

const keepAliveComment = encodeText(": keep-alive\n\n");
const maxErrorBytes = 256 * 1024;

export interface RelayArgs extends ExchangeArgs {
  reply: GatewayReply;
  /** Headers of the answer, asked for when the first event of the provider has come. */
  headers(): Readonly<Record<string, string>>;
}

export interface RelayedStream extends ExchangeResult {
  /** Whether the answer has begun; only then is an error already told to the client. */
  committed: boolean;
}

class Relay implements UpstreamListener {
  readonly #args: RelayArgs;
  readonly #resolve: (result: RelayedStream) => void;
  readonly #translator: StreamTranslator;
  readonly #onAbort = (): void => this.#finish("aborted");
  readonly #errorBody = new BodyCollector(maxErrorBytes);
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #isStream = false;
  #committed = false;
  #over = false;
  #wroteSinceTick = false;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #stalled: ReturnType<typeof setTimeout> | undefined;

  constructor(args: RelayArgs, resolve: (result: RelayedStream) => void) {
    this.#args = args;
    this.#resolve = resolve;
    this.#translator = args.provider.translateStream(args.call, args.options.maxEventBytes);
  }

  begin(): void {
    const { signal, transport, request, reply } = this.#args;
    if (signal.aborted) return this.#onAbort();
    signal.addEventListener("abort", this.#onAbort);
    reply.onDrain(() => this.#resume());
    const control = transport.send(request, this);
    if (this.#over) control.abort();
    this.#control = control;
  }

  onStart(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
    // Some servers forget the content type of a stream; only what is surely something else is not scanned.
    const isOther = /^(application\/json|text\/html)/i.test(headers["content-type"] ?? "");
    this.#isStream = status === 200 && !isOther && refusedEncoding(headers) === undefined;
  }

  onData(chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#isStream) this.#deliver(this.#translator.push(chunk));
    else if (!this.#errorBody.push(chunk)) this.#failWithBody();
  }

  onEnd(): void {
    if (this.#over) return;
    if (this.#isStream) this.#deliver(this.#translator.end());
    else this.#failWithBody();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#fail(providerFailure(failure));
  }

  #failWithBody(): void {
    const { provider, call } = this.#args;
    const body = joinBytes(this.#errorBody.pieces());
    const encoding = refusedEncoding(this.#headers);
    if (encoding !== undefined) return this.#fail(encoding);
    if (this.#status !== 200) {
      return this.#fail(provider.readError({ status: this.#status, headers: this.#headers, body }));
    }
    try {
      provider.readAnswer(call, body);
      this.#fail(invalidProviderAnswer("did not stream its answer"));
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
    }
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#write(bytes);
    const state = this.#translator.state();
    if (state === "done") {
      // An answer without a single event is an answer too.
      this.#commit();
      this.#finish("completed");
    }
    const error = this.#translator.error();
    if (state === "failed" && error !== undefined) this.#fail(error);
  }

  #commit(): void {
    if (this.#committed) return;
    const { reply, options, onFirstByte, headers } = this.#args;
    this.#committed = true;
    onFirstByte();
    reply.start(200, headers());
    this.#keepAlive = setInterval(() => this.#tick(), options.keepAliveIntervalMs);
  }

  #write(bytes: Uint8Array): void {
    const { reply, options } = this.#args;
    this.#commit();
    this.#wroteSinceTick = true;
    if (reply.write(bytes) || this.#stalled !== undefined) return;
    this.#control?.pause();
    this.#stalled = setTimeout(this.#onAbort, options.clientStallTimeoutMs);
  }

  #resume(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (!this.#over) this.#control?.resume();
  }

  #tick(): void {
    if (!this.#wroteSinceTick && this.#stalled === undefined) this.#write(keepAliveComment);
    this.#wroteSinceTick = false;
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    if (this.#committed) this.#write(openAiErrorEvent(error));
    this.#finish("failed", error);
  }

  #finish(outcome: Outcome, error?: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#args.signal.removeEventListener("abort", this.#onAbort);
    clearInterval(this.#keepAlive);
    clearTimeout(this.#stalled);
    // After the last event a provider closes its answer by itself, which keeps its connection for the next request.
    if (outcome !== "completed") this.#control?.abort();
    else this.#control?.resume();
    const usage = this.#isStream ? this.#translator.usage() : nothingUsed;
    this.#resolve({ outcome, usage, error, committed: this.#committed });
  }
}

/**
 * Relays a streamed answer. Nothing reaches the client before the provider's first event, so that an error up to
 * there has its real status; an error after it becomes an event. When the client goes away, so does the request.
 */
export const relayStream = (args: RelayArgs): Promise<RelayedStream> =>
  new Promise((resolve) => {
    new Relay(args, resolve).begin();
  });
