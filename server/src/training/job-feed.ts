import type { Database } from "../platform/database/database.ts";
import { jobChannel } from "./job-log.store.ts";

/** Hears of news about one job, also of those that come between two calls of `next`. */
export interface JobSubscription {
  /** Resolves with the next news, and without news after `timeoutMs` or when `signal` is aborted. */
  next(options: { signal: AbortSignal; timeoutMs: number }): Promise<void>;
  end(): void;
}

/**
 * Tells who watches a job that there is something new to read. One database connection serves all who watch, whichever
 * process wrote the news. Notices can be lost with that connection, so a watcher also looks by itself now and then.
 */
export class JobFeed {
  readonly #database: Database;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #closing = new AbortController();
  #unlisten: Promise<() => Promise<void>> | undefined;

  /** Aborted when the server ends: who watches a job then gives up. */
  readonly closing: AbortSignal = this.#closing.signal;

  constructor(database: Database) {
    this.#database = database;
  }

  async subscribe(jobName: string): Promise<JobSubscription> {
    let news = Promise.withResolvers<void>();
    const listener = () => news.resolve();
    const listeners = this.#listeners.get(jobName) ?? new Set();
    this.#listeners.set(jobName, listeners.add(listener));
    const end = () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(jobName) === listeners) this.#listeners.delete(jobName);
    };
    try {
      await this.#listen();
    } catch (error) {
      end();
      throw error;
    }
    return {
      async next({ signal, timeoutMs }) {
        const over = Promise.withResolvers<void>();
        const timer = setTimeout(over.resolve, timeoutMs);
        const onAbort = () => over.resolve();
        signal.addEventListener("abort", onAbort);
        if (!signal.aborted) await Promise.race([news.promise, over.promise]);
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        news = Promise.withResolvers();
      },
      end,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const unlisten = await this.#unlisten;
    await unlisten?.();
  }

  /** The first watcher opens the connection; a failed attempt is made again by the next. */
  async #listen(): Promise<void> {
    this.#unlisten ??= this.#database.listen(jobChannel, (jobName) => {
      for (const listener of this.#listeners.get(jobName) ?? []) listener();
    });
    try {
      await this.#unlisten;
    } catch (error) {
      this.#unlisten = undefined;
      throw error;
    }
  }
}
