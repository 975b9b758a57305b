import type { DisconnectPolicy } from "../ports.ts";
import type { Drain } from "./exchange.ts";

/**
 * What becomes of an exchange when its client goes away, and when it takes too long. At most one of the two listeners is
 * called, once, before `end`.
 */
export class Departure {
  readonly #signal: AbortSignal;
  readonly #drain: () => Drain | undefined;
  readonly #breakOff: () => void;
  readonly #onAbort = (): void => this.gone();
  readonly #totalTimer: ReturnType<typeof setTimeout>;
  #draining: Drain | undefined;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  #policy: DisconnectPolicy | null = null;
  #over = false;

  constructor(args: {
    signal: AbortSignal;
    totalTimeoutMs: number;
    drain: () => Drain | undefined;
    /** The client has gone, and the answer is not read on. */
    breakOff: () => void;
    /** The answer takes longer than it may. */
    expire: () => void;
  }) {
    this.#signal = args.signal;
    this.#drain = args.drain;
    this.#breakOff = args.breakOff;
    this.#totalTimer = setTimeout(args.expire, args.totalTimeoutMs);
    args.signal.addEventListener("abort", this.#onAbort);
  }

  /** Null while the client is there. */
  policy(): DisconnectPolicy | null {
    return this.#policy;
  }

  /** The client has gone, by its signal or because it takes nothing any more. */
  gone(): void {
    if (this.#over || this.#policy !== null) return;
    this.#draining = this.#drain();
    if (this.#draining === undefined) {
      this.#policy = "abort";
      return this.#breakOff();
    }
    this.#policy = "drain";
    this.#drainTimer = setTimeout(() => {
      this.#policy = "abort";
      this.#breakOff();
    }, this.#draining.timeoutMs);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#totalTimer);
    clearTimeout(this.#drainTimer);
    this.#draining?.end();
  }
}
