import { type AnswerFacts } from "../conversation/answer.ts";
import type { GatewayError } from "../errors.ts";
import type { MeasuredUsage } from "../meter/usage.ts";
import type { GatewayOptions } from "../options.ts";
import type { DisconnectPolicy, Outcome } from "../ports.ts";
import { invalidProviderAnswer } from "./provider-errors.ts";
import type { Provider, Translation } from "./provider.ts";
import type { Transport, UpstreamHeaders, UpstreamRequest } from "./upstream.ts";

/** Leave to read an answer to its end after its client has gone; `end` gives the place back. */
export interface Drain {
  timeoutMs: number;
  end(): void;
}

/** All that one exchange with a provider needs. */
export interface ExchangeArgs {
  transport: Transport;
  provider: Pick<Provider, "readError">;
  translation: Translation;
  request: UpstreamRequest;
  options: Pick<GatewayOptions, "maxAnswerBytes" | "keepAliveIntervalMs" | "clientStallTimeoutMs">;
  firstByteTimeoutMs: number;
  totalTimeoutMs: number;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Asked when the client goes away; undefined breaks the exchange off. */
  drain(): Drain | undefined;
  /** Called once, when the first piece of an answer has come. */
  onFirstByte(): void;
}

/** How an exchange ended. It never rejects: whatever happened has to be settled. */
export interface ExchangeResult {
  outcome: Outcome;
  usage: MeasuredUsage;
  facts: AnswerFacts;
  /** Of a `failed` outcome. */
  error: GatewayError | undefined;
  /** What was done when the client went away; null when it stayed. */
  disconnect: DisconnectPolicy | null;
  /** Whether the provider had begun to answer, be it by a refusal. */
  begun: boolean;
}

/** The whole body of an answer, up to a limit. */
export class BodyCollector {
  readonly #limitBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** False when the body is larger than the limit; the rest is then not kept. */
  push(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limitBytes) return false;
    this.#pieces.push(chunk);
    return true;
  }

  pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }
}

/** The refusal of an answer that arrived compressed although none of that was accepted; undefined when it is plain. */
export const refusedEncoding = (headers: UpstreamHeaders): GatewayError | undefined => {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return undefined;
  return invalidProviderAnswer("sent a compressed answer although it was asked not to");
};

/** 204 has no body, so it is no answer. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 204;
