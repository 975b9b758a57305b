import { Readable } from "node:stream";

/** One server-sent event; a client that reconnects sends the last `id` as `Last-Event-ID`. */
export interface ServerSentEvent {
  id?: string | number;
  event?: string;
  /** Written as JSON. */
  data: unknown;
}

const keepAliveComment = ":\n\n";
const reconnectAfterMs = 2000;

const frame = ({ id, event, data }: ServerSentEvent): string =>
  `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

/**
 * The body of a `text/event-stream` answer. Events are taken from the source only as fast as the client reads; a comment
 * goes out when nothing else did for a while, so that proxies keep the connection and a dead one is noticed. The source
 * is ended (`return`) when the client goes away; one that waits should also end by the request's abort signal.
 */
export function eventStream(events: AsyncIterable<ServerSentEvent>, { keepAliveMs = 15_000 } = {}): Readable {
  // One promise for each wait: a lasting one, raced again and again, would keep every race in memory.
  let wake: (reason: "quiet" | "closed") => void = () => {};

  async function* frames(): AsyncGenerator<string> {
    const source = events[Symbol.asyncIterator]();
    yield `retry: ${reconnectAfterMs}\n\n`;
    let next = source.next();
    try {
      while (!body.destroyed) {
        const woken = Promise.withResolvers<"quiet" | "closed">();
        wake = woken.resolve;
        const timer = setTimeout(wake, keepAliveMs, "quiet");
        const result = await Promise.race([next, woken.promise]).finally(() => clearTimeout(timer));
        if (result === "closed") return;
        if (result === "quiet") {
          yield keepAliveComment;
          continue;
        }
        if (result.done === true) return;
        yield frame(result.value);
        next = source.next();
      }
    } finally {
      // A source that waits for its next event answers `return` only after that: nobody waits for it here.
      next.catch(() => undefined);
      void Promise.resolve(source.return?.()).catch(() => undefined);
    }
  }

  const body = Readable.from(frames(), { objectMode: false, highWaterMark: 16_384 });
  body.once("close", () => wake("closed"));
  return body;
}
