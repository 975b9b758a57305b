import { noFacts } from "../conversation/answer.ts";
import type { GatewayError } from "../errors.ts";
import { encodeText, joinBytes } from "../json.ts";
import { nothingUsed } from "../meter/usage.ts";
import type { Outcome } from "../ports.ts";
import type { GatewayReply } from "../receive/exchange.ts";
import { answerFault } from "./answer-fault.ts";
import { Departure } from "./departure.ts";
import { BodyCollector, isSuccess, refusedEncoding, type ExchangeArgs, type ExchangeResult } from "./exchange.ts";
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
  /** The last bytes of a `completed` answer, to be sent when it is settled. */
  closing: Uint8Array | undefined;
}

class Relay implements UpstreamListener {
  readonly #args: RelayArgs;
  readonly #resolve: (result: RelayedStream) => void;
  readonly #translator: StreamTranslator;
  readonly #errorBody = new BodyCollector(maxErrorBytes);
  readonly #departure: Departure;
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #isStream = false;
  #committed = false;
  #over = false;
  #wroteSinceTick = false;
  #firstEvent: ReturnType<typeof setTimeout> | undefined;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #stalled: ReturnType<typeof setTimeout> | undefined;

  constructor(args: RelayArgs, resolve: (result: RelayedStream) => void) {
    this.#args = args;
    this.#resolve = resolve;
    this.#translator = args.translation.streamTranslator();
    this.#departure = new Departure({
      signal: args.signal,
      totalTimeoutMs: args.totalTimeoutMs,
      drain: args.drain,
      breakOff: () => this.#finish("aborted"),
      expire: () => this.onFailure({ kind: "total-timeout", cause: undefined }),
    });
  }

  begin(): void {
    const { signal, transport, request, reply, firstByteTimeoutMs } = this.#args;
    if (signal.aborted) {
      this.#departure.gone();
      return this.#finish("aborted");
    }
    reply.onDrain(() => this.#resume());
    this.#firstEvent = setTimeout(
      () => this.onFailure({ kind: "first-byte-timeout", cause: "no event in time" }),
      firstByteTimeoutMs,
    );
    const control = transport.send(request, this);
    if (this.#over) control.abort();
    this.#control = control;
  }

  onStart(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
    // Some servers forget the content type of a stream; only what is surely something else is not scanned.
    const isOther = /^(application\/json|text\/html)/i.test(headers["content-type"] ?? "");
    this.#isStream = isSuccess(status) && !isOther && refusedEncoding(headers) === undefined;
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
    const { provider, translation } = this.#args;
    const body = joinBytes(this.#errorBody.pieces());
    const encoding = refusedEncoding(this.#headers);
    if (encoding !== undefined) return this.#fail(encoding);
    if (!isSuccess(this.#status)) {
      return this.#fail(provider.readError({ status: this.#status, headers: this.#headers, body }));
    }
    try {
      translation.readAnswer(body, this.#headers);
      this.#fail(invalidProviderAnswer("did not stream its answer"));
    } catch (thrown) {
      this.#fail(answerFault(thrown));
    }
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#write(bytes);
    const state = this.#translator.state();
    if (state === "done") {
      // An answer without a single event is an answer too.
      this.#commit();
      this.#finish(this.#departure.policy() === null ? "completed" : "aborted");
    }
    const error = this.#translator.error();
    if (state === "failed" && error !== undefined) this.#fail(error);
  }

  #commit(): void {
    if (this.#committed || this.#departure.policy() !== null) return;
    const { reply, options, onFirstByte, headers } = this.#args;
    this.#committed = true;
    clearTimeout(this.#firstEvent);
    onFirstByte();
    reply.start(200, headers());
    this.#keepAlive = setInterval(() => this.#tick(), options.keepAliveIntervalMs);
  }

  #write(bytes: Uint8Array): void {
    clearTimeout(this.#firstEvent);
    // Nobody is there to read; the answer is read on for the bill.
    if (this.#departure.policy() !== null) return;
    const { reply, options } = this.#args;
    this.#commit();
    this.#wroteSinceTick = true;
    if (reply.write(bytes) || this.#stalled !== undefined) return;
    this.#control?.pause();
    this.#stalled = setTimeout(() => this.#stall(), options.clientStallTimeoutMs);
  }

  /** The client takes nothing any more. */
  #stall(): void {
    this.#departure.gone();
    this.#resume();
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
    if (this.#committed) this.#write(this.#translator.fail(error));
    this.#finish(this.#departure.policy() === null ? "failed" : "aborted", error);
  }

  #finish(outcome: Outcome, error?: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#departure.end();
    clearTimeout(this.#firstEvent);
    clearInterval(this.#keepAlive);
    clearTimeout(this.#stalled);
    // After the last event a provider closes its answer by itself, which keeps its connection for the next request.
    if (this.#translator.state() !== "done") this.#control?.abort();
    else this.#control?.resume();
    this.#resolve({
      outcome,
      error,
      usage: this.#isStream ? this.#translator.usage() : nothingUsed,
      facts: this.#isStream ? this.#translator.facts() : noFacts,
      committed: this.#committed,
      begun: this.#status > 0,
      disconnect: this.#departure.policy(),
      closing: outcome === "completed" ? this.#translator.close() : undefined,
    });
  }
}

/**
 * Relays a streamed answer. Nothing reaches the client before the provider's first event, so that an error up to
 * there has its real status; an error after it becomes an event. When the client goes away, the answer is read to its
 * end for the bill or broken off.
 */
export const relayStream = (args: RelayArgs): Promise<RelayedStream> =>
  new Promise((resolve) => {
    new Relay(args, resolve).begin();
  });
