import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of documents on this machine that notes who came. */
export async function startDocumentHost(listener: RequestListener, host = "127.0.0.1") {
  const asked: string[] = [];
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    asked.push(request.url ?? "");
    listener(request, response);
  });
  server.listen(0, host);
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    /** As DOCUMENTS_INSIDE_HOSTS names it. */
    name: `127.0.0.1:${port}`,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    /** Paths in the order in which they were asked for. */
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
