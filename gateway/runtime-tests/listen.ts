import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunningHost } from "./surroundings.ts";

/** Answers at a port of the loopback until it is closed. */
export async function listen(answer: RequestListener): Promise<RunningHost> {
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
