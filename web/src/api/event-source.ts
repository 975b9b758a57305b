import { createParser, type EventSourceMessage } from "eventsource-parser";
import { CallError, authorisedFetch, errorOf } from "./call.ts";

interface Follow {
  path: string;
  /** Of the last event that is known already. */
  lastEventId?: string;
  /** Called with every batch of events in order. Answers whether nothing more comes after them. */
  onEvents(events: readonly EventSourceMessage[]): boolean;
  /** The connection broke; it is taken up again. */
  onBroken?(): void;
  signal: AbortSignal;
}

const retryMs = 2000;

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, retryMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

interface Cursor {
  lastEventId: string | undefined;
  isEnded: boolean;
}

/** Reads one connection to its end; `cursor` keeps up with every event, so that a broken connection repeats none. */
const readOnce = async ({ path, onEvents, signal }: Follow, cursor: Cursor): Promise<void> => {
  const { lastEventId } = cursor;
  const headers = lastEventId === undefined ? {} : { headers: { "last-event-id": lastEventId } };
  const response = await authorisedFetch(path, { signal, ...headers });
  if (!response.ok || response.body === null) throw await errorOf(response);
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(decoder.decode(part.value, { stream: true }));
    const events = arrived.splice(0);
    if (events.length === 0) continue;
    cursor.lastEventId = events.findLast(({ id }) => id !== undefined)?.id ?? cursor.lastEventId;
    cursor.isEnded = onEvents(events);
  }
};

/**
 * Follows server-sent events until they have ended. EventSource tells nothing of a refusal, so the stream is read by
 * fetch; a broken one is taken up after the last event that arrived. Rejects when the platform refuses (CallError with
 * a 4xx status).
 */
export const followEvents = async (follow: Follow): Promise<void> => {
  const cursor: Cursor = { lastEventId: follow.lastEventId, isEnded: false };
  const { signal } = follow;
  while (!signal.aborted) {
    try {
      await readOnce(follow, cursor);
    } catch (error) {
      if (error instanceof CallError && error.status >= 400 && error.status < 500) throw error;
      // Otherwise the connection broke or the platform restarts: it is taken up again below.
    }
    if (cursor.isEnded || signal.aborted) return;
    follow.onBroken?.();
    await pause(signal);
  }
};
