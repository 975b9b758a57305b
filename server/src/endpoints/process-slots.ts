import { noServingSlot } from "./endpoints.errors.ts";

/** Places for processes in memory. Who finds none waits in line for a bounded time. */
export class ProcessSlots {
  readonly #total: number;
  readonly #waitMs: number;
  readonly #line: (() => void)[] = [];
  #taken = 0;

  constructor({ total, waitMs }: { total: number; waitMs: number }) {
    this.#total = total;
    this.#waitMs = waitMs;
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Takes a place. `onWait` is called when there is none at once. Rejects with a 503 when none comes free in time, and
   * when `signal` is aborted.
   */
  async take(signal: AbortSignal, onWait: () => void): Promise<void> {
    if (this.#taken < this.#total) {
      this.#taken += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      const position = this.#line.indexOf(turn.resolve);
      if (position >= 0) this.#line.splice(position, 1);
      turn.reject(noServingSlot(this.#total));
    };
    this.#line.push(turn.resolve);
    const timer = setTimeout(leave, this.#waitMs);
    signal.addEventListener("abort", leave, { once: true });
    onWait();
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  }

  /** Gives a place back: to the first in line, or to whoever comes next. */
  give(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
