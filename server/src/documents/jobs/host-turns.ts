/** Lets no more than so many at once to each host; whoever comes later waits for a turn. */
export class HostTurns {
  readonly #atOnce: number;
  readonly #hosts = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async run<Result>(host: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#take(host, signal);
    try {
      return await work();
    } finally {
      this.#giveBack(host);
    }
  }

  async #take(host: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const state = this.#hosts.get(host) ?? { running: 0, waiting: [] };
    this.#hosts.set(host, state);
    if (state.running < this.#atOnce) {
      state.running += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    state.waiting.push(turn.resolve);
    const giveUp = () => {
      const place = state.waiting.indexOf(turn.resolve);
      if (place < 0) return;
      state.waiting.splice(place, 1);
      turn.reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp);
    await turn.promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  /** The turn goes to the next in the row, so that nobody can come between. */
  #giveBack(host: string): void {
    const state = this.#hosts.get(host);
    if (state === undefined) return;
    const next = state.waiting.shift();
    if (next !== undefined) next();
    else if ((state.running -= 1) === 0) this.#hosts.delete(host);
  }
}
