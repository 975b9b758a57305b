import { setTimeout as delay } from "node:timers/promises";
import { escapeIdentifier } from "pg";
import type { Client } from "pg";
import type { Log } from "../log/log.ts";

type OnMessage = (payload: string) => void;

interface Listener {
  listen(channel: string, onMessage: OnMessage): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const firstPauseMs = 100;
const lastPauseMs = 5000;

/**
 * Notifications on one connection of its own, opened with the first channel. When the connection is lost it is opened
 * again, with growing pauses, and all channels are subscribed anew. What was notified in between is lost: a listener
 * also looks at the rows from time to time.
 */
export function createListener({ connect, log }: { connect: () => Client; log: Log }): Listener {
  const channels = new Map<string, Set<OnMessage>>();
  const closed = new AbortController();
  let connection: Promise<Client> | undefined;
  let previous: Promise<void> = Promise.resolve();

  async function open(): Promise<Client> {
    const client = connect();
    client.on("notification", ({ channel, payload }) => {
      for (const onMessage of channels.get(channel) ?? []) onMessage(payload ?? "");
    });
    client.on("error", (error) => log.warn({ error }, "the database connection for notifications was lost"));
    try {
      await client.connect();
      for (const channel of channels.keys()) await client.query(`LISTEN ${escapeIdentifier(channel)}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    client.once("end", () => {
      if (!closed.signal.aborted) connection = reopen();
    });
    return client;
  }

  async function retry(): Promise<Client> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, lastPauseMs)) {
      try {
        return await open();
      } catch (error) {
        closed.signal.throwIfAborted();
        log.warn({ error, pauseMs }, "the database connection for notifications cannot be opened yet");
      }
      await delay(pauseMs, undefined, { signal: closed.signal });
    }
  }

  function openPersistently(): Promise<Client> {
    const opening = retry();
    // It fails only when the listener is closed, and then nobody may be waiting.
    opening.catch(() => undefined);
    return opening;
  }

  function reopen(): Promise<Client> {
    const opening = openPersistently();
    opening.then(
      () => log.info({ channels: [...channels.keys()] }, "listening for database notifications again"),
      () => undefined,
    );
    return opening;
  }

  /** When the statement fails the connection is down, and the next one subscribes to what `channels` says. */
  async function run(statement: string): Promise<void> {
    connection ??= openPersistently();
    const client = await connection;
    await client.query(statement).catch(() => undefined);
  }

  /** One statement after the other: a connection takes no second one while the first is in progress. */
  function tell(verb: "LISTEN" | "UNLISTEN", channel: string): Promise<void> {
    const statement = `${verb} ${escapeIdentifier(channel)}`;
    const told = previous.then(() => run(statement));
    previous = told.catch(() => undefined);
    return told;
  }

  async function listen(channel: string, onMessage: OnMessage) {
    closed.signal.throwIfAborted();
    const handlers = channels.get(channel) ?? new Set<OnMessage>();
    channels.set(channel, handlers.add(onMessage));
    await tell("LISTEN", channel);
    return async () => {
      handlers.delete(onMessage);
      if (handlers.size > 0 || channels.get(channel) !== handlers) return;
      channels.delete(channel);
      if (!closed.signal.aborted) await tell("UNLISTEN", channel);
    };
  }

  async function close() {
    closed.abort();
    await connection?.then((client) => client.end()).catch(() => undefined);
  }

  return { listen, close };
}
