import type { GatewayError } from "../errors.ts";
import type { MeasuredUsage } from "../meter/usage.ts";
import type { GatewayOptions } from "../options.ts";
import type { Outcome } from "../ports.ts";
import type { CompletionCall } from "../receive/completion-call.ts";
import { invalidProviderAnswer } from "./provider-errors.ts";
import type { Provider } from "./provider.ts";
import type { Transport, UpstreamHeaders, UpstreamRequest } from "./upstream.ts";

/** All that one exchange with a provider needs. */
export interface ExchangeArgs {
  transport: Transport;
  provider: Provider;
  request: UpstreamRequest;
  call: CompletionCall;
  options: GatewayOptions;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Called once, when the first piece of an answer has come. */
  onFirstByte(): void;
}

/** How an exchange ended. It never rejects: whatever happened has to be settled. */
export interface ExchangeResult {
  outcome: Outcome;
  usage: MeasuredUsage;
  /** Of a `failed` outcome. */
  error: GatewayError | undefined;
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
