import { noFacts } from "../conversation/answer.ts";
import type { GatewayError } from "../errors.ts";
import { joinBytes } from "../json.ts";
import { answerFault } from "./answer-fault.ts";
import { nothingUsed } from "../meter/usage.ts";
import { Departure } from "./departure.ts";
import { BodyCollector, isSuccess, refusedEncoding, type ExchangeArgs, type ExchangeResult } from "./exchange.ts";
import { invalidProviderAnswer, providerFailure } from "./provider-errors.ts";
import type { TranslatedAnswer } from "./provider.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "./upstream.ts";

export interface WholeAnswer extends ExchangeResult {
  /** For the client, of a `completed` outcome. */
  answer: TranslatedAnswer | undefined;
}

class WholeExchange implements UpstreamListener {
  readonly #args: ExchangeArgs;
  readonly #resolve: (answer: WholeAnswer) => void;
  readonly #body: BodyCollector;
  readonly #departure: Departure;
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #over = false;

  constructor(args: ExchangeArgs, resolve: (answer: WholeAnswer) => void) {
    this.#args = args;
    this.#resolve = resolve;
    this.#body = new BodyCollector(args.options.maxAnswerBytes);
    this.#departure = new Departure({
      signal: args.signal,
      totalTimeoutMs: args.totalTimeoutMs,
      drain: args.drain,
      breakOff: () => this.#finish({ outcome: "aborted" }),
      expire: () => this.onFailure({ kind: "total-timeout", cause: undefined }),
    });
  }

  begin(): void {
    const { signal, transport, request } = this.#args;
    // Nothing was asked yet, so there is nothing to read to its end.
    if (signal.aborted) return this.#finish({ outcome: "aborted", disconnect: "abort" });
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
    const { provider, translation } = this.#args;
    const encoding = refusedEncoding(this.#headers);
    if (encoding !== undefined) return this.#fail(encoding);
    const body = joinBytes(this.#body.pieces());
    if (!isSuccess(this.#status)) {
      return this.#fail(provider.readError({ status: this.#status, headers: this.#headers, body }));
    }
    try {
      const answer = translation.readAnswer(body, this.#headers);
      const outcome = this.#departure.policy() === null ? "completed" : "aborted";
      this.#finish({ outcome, answer, usage: answer.usage, facts: answer.facts });
    } catch (thrown) {
      this.#fail(answerFault(thrown));
    }
  }

  onFailure(failure: UpstreamFailure): void {
    this.#fail(providerFailure(failure));
  }

  #fail(error: GatewayError): void {
    this.#finish({ outcome: this.#departure.policy() === null ? "failed" : "aborted", error });
  }

  #finish(answer: Pick<WholeAnswer, "outcome"> & Partial<WholeAnswer>): void {
    if (this.#over) return;
    this.#over = true;
    this.#departure.end();
    this.#control?.abort();
    const ended = { usage: nothingUsed, facts: noFacts, error: undefined, answer: undefined };
    this.#resolve({ ...ended, begun: this.#status > 0, disconnect: this.#departure.policy(), ...answer });
  }
}

/** Asks a provider for an answer in one piece. When the client goes away, the answer is read to its end or broken off. */
export const askOnce = (args: ExchangeArgs): Promise<WholeAnswer> =>
  new Promise((resolve) => {
    new WholeExchange(args, resolve).begin();
  });
