import type { Awaitable } from "../awaitable.ts";

/** Durations of one request by the monotonic clock, the time spent waiting for others apart from the gateway's own. */
export class RequestTimer {
  readonly #startedMs = performance.now();
  #waitedMs = 0;
  #waitingSinceMs: number | undefined;

  /** From here on somebody else is waited for: the client's body, a starting worker, the provider. */
  startWaiting(): void {
    this.#waitingSinceMs ??= performance.now();
  }

  stopWaiting(): void {
    if (this.#waitingSinceMs === undefined) return;
    this.#waitedMs += performance.now() - this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
  }

  /** What is there already is not waited for. */
  waitFor<Value>(value: Awaitable<Value>): Awaitable<Value> {
    return value instanceof Promise ? this.#waitForPromise(value) : value;
  }

  async #waitForPromise<Value>(promise: Promise<Value>): Promise<Value> {
    this.startWaiting();
    try {
      return await promise;
    } finally {
      this.stopWaiting();
    }
  }

  elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** What the gateway itself added so far. */
  overheadMs(): number {
    return this.elapsedMs() - this.#waitedMs;
  }
}
