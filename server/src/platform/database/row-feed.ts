import type { Database } from "./database.ts";

/** Hears of news about one row, also of those that come between two calls of `next`. */
export interface RowSubscription {
  /** Resolves with the next news, and without news after `timeoutMs` or when `signal` is aborted. */
  next(options: { signal: AbortSignal; timeoutMs: number }): Promise<void>;
  end(): void;
}

/**
 * Tells who watches a row that there is something new to read: its key comes over a channel of the database, on one
 * connection for all who watch, whichever process wrote the news. Notices can be lost with that connection, so a watcher
 * also looks by itself now and then.
 */
export class RowFeed {
  readonly #database: Database;
  readonly #channel: string;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #closing = new AbortController();
  #unlisten: Promise<() => Promise<void>> | undefined;

  /** Aborted when the server ends: who watches a row then gives up. */
  readonly closing: AbortSignal = this.#closing.signal;

  constructor(database: Database, channel: string) {
    this.#database = database;
    this.#channel = channel;
  }

  async subscribe(key: string): Promise<RowSubscription> {
    let news = Promise.withResolvers<void>();
    const listener = () => news.resolve();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    const end = () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
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
    this.#unlisten ??= this.#database.listen(this.#channel, (key) => {
      for (const listener of this.#listeners.get(key) ?? []) listener();
    });
    try {
      await this.#unlisten;
    } catch (error) {
      this.#unlisten = undefined;
      throw error;
    }
  }
}
