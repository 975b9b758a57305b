import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A server that answers every request with bytes of no particular kind. */
export interface RawUpstream {
  origin: URL;
  /** Heads and bodies of the requests, as they came. */
  requests: string[];
  /** What the next requests are answered with; whoever answers ends the connection too. */
  answer: (socket: Socket) => void;
  /** Resolves when the connection that is answered at present is closed. */
  closed(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a TCP server on the loopback that knows nothing of HTTP. */
export const startRawUpstream = async (): Promise<RawUpstream> => {
  const sockets = new Set<Socket>();
  let last: Promise<void> = Promise.resolve();
  const server = createServer((socket) => {
    sockets.add(socket);
    last = new Promise((resolve) => {
      socket.once("close", () => {
        sockets.delete(socket);
        resolve();
      });
    });
    // Who breaks off a connection that is written to makes errors that are of no interest here.
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      upstream.requests.push(bytes.toString("latin1"));
      upstream.answer(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  const upstream: RawUpstream = {
    origin: new URL(`http://127.0.0.1:${port}`),
    requests: [],
    answer: (socket) => void socket.end(),
    closed: () => last,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return upstream;
};
