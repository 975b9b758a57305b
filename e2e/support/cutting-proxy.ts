import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How many whole events with an id a stream lets through before half of the next one comes and the wire is cut. */
export interface Cut {
  events: number;
  /** Done before anything else gets through. */
  meanwhile?: () => Promise<void>;
}

/** One connection to a stream of events. */
export interface Heard {
  /** What the client said it had heard last. */
  after: string | undefined;
  /** Ids of the events that were sent to it whole, those without one left out. When the wire is cut, the last may not have been read. */
  ids: number[];
}

/** For a client to read what was sent, which it forgets when an error comes first. */
const beforeCutMs = 200;

const idOf = (event: string): number[] => {
  const id = /^id: ?(\d+)$/m.exec(event)?.[1];
  return id === undefined ? [] : [Number(id)];
};

/** Stands between a client and a server, and cuts streams of events in the middle of one. */
export async function startCuttingProxy(target: () => string) {
  const cuts: Cut[] = [];
  const connections: Heard[] = [];
  let ready: Promise<void> = Promise.resolve();

  function passStream(answer: IncomingMessage, outgoing: ServerResponse, { cut, heard }: { cut?: Cut; heard: Heard }) {
    let waiting = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => {
      waiting += piece;
      for (let end = waiting.indexOf("\n\n"); end >= 0 && !outgoing.destroyed; end = waiting.indexOf("\n\n")) {
        const event = waiting.slice(0, end + 2);
        waiting = waiting.slice(end + 2);
        const ids = idOf(event);
        if (cut !== undefined && heard.ids.length + ids.length > cut.events) {
          ready = cut.meanwhile?.() ?? ready;
          answer
            .removeAllListeners()
            .on("error", () => undefined)
            .destroy();
          outgoing.write(event.slice(0, event.length / 2));
          void delay(beforeCutMs).then(() => outgoing.destroy());
          return;
        }
        outgoing.write(event);
        heard.ids.push(...ids);
      }
    });
    answer.on("end", () => outgoing.end());
  }

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url = "/", headers } = incoming;
    const isStream = url.endsWith("/events");
    const cut = isStream ? cuts.shift() : undefined;
    const heard: Heard = { after: headers["last-event-id"]?.toString(), ids: [] };
    if (isStream) connections.push(heard);
    const asked = request(new URL(url, target()), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => outgoing.destroy());
      if (isStream) passStream(answer, outgoing, { heard, ...(cut === undefined ? {} : { cut }) });
      else answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    outgoing.on("close", () => asked.destroy());
    incoming.pipe(asked);
  }

  // While something is done to the server, nobody gets through to it.
  const proxy = createServer((incoming, outgoing) => void ready.then(() => pass(incoming, outgoing)));
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  // A TCP server's address is always an object.
  const { port } = proxy.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    /** For the next connections to a stream, in turn; where none is left, nothing is cut. */
    cuts,
    /** In the order in which they were opened. */
    connections,
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
