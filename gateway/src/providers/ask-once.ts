import { toGatewayError, type GatewayError } from "../errors.ts";
import { joinBytes } from "../json.ts";
import { nothingUsed } from "../meter/usage.ts";
import { BodyCollector, refusedEncoding, type ExchangeArgs, type ExchangeResult } from "./exchange.ts";
import { invalidProviderAnswer, providerFailure } from "./provider-errors.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "./upstream.ts";

export interface WholeAnswer extends ExchangeResult {
  /** The body for the client, of a `completed` outcome. */
  bytes: Uint8Array | undefined;
}

class WholeExchange implements UpstreamListener {
  readonly #args: ExchangeArgs;
  readonly #resolve: (answer: WholeAnswer) => void;
  readonly #body: BodyCollector;
  readonly #onAbort = (): void => this.#finish({ outcome: "aborted" });
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #over = false;

  constructor(args: ExchangeArgs, resolve: (answer: WholeAnswer) => void) {
    this.#args = args;
    this.#resolve = resolve;
    this.#body = new BodyCollector(args.options.maxAnswerBytes);
  }

  begin(): void {
    const { signal, transport, request } = this.#args;
    if (signal.aborted) return this.#onAbort();
    signal.addEventListener("abort", this.#onAbort);
    const control = transport.send(request, this);
    if (this.#over) control.abort();
    this.#control = control;
  }

  onStart(status: number, headers: UpstreamHeaders): void {
    this.#args.onFirstByte();
    this.#status = status;
    this.#headers = headers;
  }

  onData(chunk: Uint8Array): void {
    if (!this.#body.push(chunk)) this.#fail(invalidProviderAnswer("sent an answer that is too large"));
  }

  onEnd(): void {
    const { provider, call } = this.#args;
    const encoding = refusedEncoding(this.#headers);
    if (encoding !== undefined) return this.#fail(encoding);
    const body = joinBytes(this.#body.pieces());
    if (this.#status !== 200) {
      return this.#fail(provider.readError({ status: this.#status, headers: this.#headers, body }));
    }
    try {
      this.#finish({ outcome: "completed", ...provider.readAnswer(call, body) });
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
    }
  }

  onFailure(failure: UpstreamFailure): void {
    this.#fail(providerFailure(failure));
  }

  #fail(error: GatewayError): void {
    this.#finish({ outcome: "failed", error });
  }

  #finish(answer: Pick<WholeAnswer, "outcome"> & Partial<WholeAnswer>): void {
    if (this.#over) return;
    this.#over = true;
    this.#args.signal.removeEventListener("abort", this.#onAbort);
    this.#control?.abort();
    this.#resolve({ usage: nothingUsed, error: undefined, bytes: undefined, ...answer });
  }
}

/** Asks a provider for an answer in one piece. When the client goes away, so does the request. */
export const askOnce = (args: ExchangeArgs): Promise<WholeAnswer> =>
  new Promise((resolve) => {
    new WholeExchange(args, resolve).begin();
  });
