import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { letterAbout } from "../../server/src/documents/jobs/testing/tiny-pdf.ts";

/** What becomes of a document in the end, however often it is interrupted. */
export type Fate = "completed" | "not_found" | "not_a_pdf";

/** By its place in the batch: some are never there, some are no documents, and each tenth has a twin. */
export const fateOf = (position: number): Fate => {
  if (position % 25 === 3) return "not_found";
  return position % 50 === 7 ? "not_a_pdf" : "completed";
};

/** The number that a letter speaks of; twins speak of the same. */
export const letterOf = (position: number): number => (position % 10 === 9 ? position - 1 : position);

/** Serves the documents of the batch: some slowly, some only at the second try. */
export async function startHost() {
  const tries = new Map<number, number>();
  const server = createServer((request, response) => {
    const position = Number(/\d+/.exec(request.url ?? "")?.[0]);
    const tried = (tries.get(position) ?? 0) + 1;
    tries.set(position, tried);
    const fate = fateOf(position);
    if (fate === "not_found") response.writeHead(404).end();
    else if (fate === "not_a_pdf") response.end("<p>Please sign in</p>");
    else if (position % 20 === 5 && tried === 1) response.writeHead(503).end();
    else setTimeout(() => response.end(letterAbout(letterOf(position))), position % 15 === 4 ? 700 : 0);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    name: `127.0.0.1:${port}`,
    url: (position: number) => `http://127.0.0.1:${port}/letters/${position}.pdf`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
