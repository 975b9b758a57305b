import { ProcessedDocument } from "@llm-tuner/contract/document-jobs.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";

/** One address of this machine stands for the public internet, another one for what is inside. */
const [publicAddress, insideAddress] = ["127.0.0.1", "127.0.0.2"];

let host: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;
/** Addresses of this machine at which somebody asked. */
let reached: string[] = [];
/** What the resolver answers, one time after the other, and how often it was asked. */
let answers: string[][] = [];
let lookups = 0;

beforeAll(async () => {
  host = await startDocumentHost((request, response) => {
    reached.push(request.socket.localAddress ?? "");
    if (request.url === "/moved") response.writeHead(302, { location: "/letter" }).end();
    else response.end(letterAbout(1));
  }, "0.0.0.0");
  const outside = {
    ports: [host.port],
    isAllowed: (address: string) => address === publicAddress,
    resolve: async () => {
      lookups += 1;
      return (answers.shift() ?? []).map((address) => ({ address, family: 4 }));
    },
  };
  world = await createDocumentsWorld({ waitSeconds: 150 }, undefined, outside);
  await world.documents.start?.();
});
beforeEach(() => {
  reached = [];
  lookups = 0;
});
afterAll(async () => {
  await world.close();
  await host.close();
});

const ask = (path: string) =>
  world.post("/api/process/process-single", { url: `http://rebinding.test:${host.port}${path}` });

describe("SEC-26: a name that changes its answer", () => {
  it("is looked up once for a connection, which is made with that very answer", async () => {
    answers = [[publicAddress], [insideAddress], [insideAddress]];
    const response = await ask("/letter");
    expect(response.status).toBe(200);
    expect(ProcessedDocument.parse(await response.json()).extracted_text).toContain("Report number 1");
    expect([reached, lookups]).toEqual([[publicAddress], 1]);
  });

  it.each([
    ["on the way of a redirect to itself", "/moved", [[publicAddress], [insideAddress]], [publicAddress]],
    ["and answers from inside at once", "/letter", [[insideAddress]], []],
    ["and hides one from inside behind a public one", "/letter", [[publicAddress, insideAddress]], []],
  ])("leads to nothing inside %s", async (_how, path, planned, touched) => {
    answers = planned;
    const response = await ask(path);
    expect(response.status).toBe(422);
    expect(ApiError.parse(await response.json()).error.code).toBe("document_refused_address");
    expect(reached).toEqual(touched);
  });
});
