import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld, formOf } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";

const Failure = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) });

let inside: Awaited<ReturnType<typeof startDocumentHost>>;
/** A host that may be reached and leads inside. */
let outside: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;

beforeAll(async () => {
  inside = await startDocumentHost((_request, response) => void response.end(letterAbout(1)), "::");
  outside = await startDocumentHost((request, response) => {
    const target = decodeURIComponent((request.url ?? "").slice(1));
    response.writeHead(302, { location: target }).end();
  });
  world = await createDocumentsWorld({ insideHosts: new Set([outside.name]), waitSeconds: 150, atOncePerOwner: 6 });
  await world.documents.start?.();
});
afterAll(async () => {
  await world.close();
  await inside.close();
  await outside.close();
});

const spellings = [
  "127.0.0.1",
  "localhost",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "0x7f000001",
  "2130706433",
  "0",
  "0.0.0.0",
  "[::]",
  "127.1",
  "localhost.",
  "[0:0:0:0:0:ffff:7f00:1]",
];

const places = () => [
  ...spellings.map((name) => `http://${name}:${inside.port}/secret.pdf`),
  // Without a port, so that the port is not what refuses them.
  ...spellings.map((name) => `http://${name}/secret.pdf`),
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/latest/meta-data/",
  "http://10.0.0.1/",
  "file:///etc/passwd",
  "gopher://127.0.0.1/",
  "http://user:password@example.org/",
];

/** A machine may know no address of a name such as `localhost.`, which is as good. */
const expectRefusals = (documents: readonly { error: { code: string } | null }[]) => {
  const codes = documents.map(({ error }) => error?.code);
  expect(codes.filter((code) => code !== "refused_address" && code !== "unreachable")).toEqual([]);
  expect(codes.filter((code) => code === "unreachable").length).toBeLessThanOrEqual(2);
};

describe("SEC-26: nothing inside is reached", () => {
  it("by the address of a document", async () => {
    const { job_id } = await world.batch({ urls: places() });
    const job = await world.ended(job_id);
    expect(job).toMatchObject({ status: "failed", completed: 0 });
    expectRefusals(job.results);
    for (const { error } of job.results) expect(error?.message).not.toMatch(/ECONN|127\.0\.0\.1:/);
    expect(inside.asked).toEqual([]);
  });

  it("by one single document", async () => {
    const response = await world.post("/api/process/process-single", { url: `http://127.0.0.1:${inside.port}/` });
    expect(response.status).toBe(422);
    expect(Failure.parse(await response.json()).error.code).toBe("document_refused_address");
    expect(inside.asked).toEqual([]);
  });

  it("by a redirect", async () => {
    const urls = places().map((place) => outside.url(`/${encodeURIComponent(place)}`));
    const job = await world.ended((await world.batch({ urls })).job_id);
    expect(job).toMatchObject({ status: "failed", completed: 0 });
    expectRefusals(job.results);
    expect(outside.asked.length).toBeGreaterThanOrEqual(urls.length);
    expect(inside.asked).toEqual([]);
  });

  it("by the address of a spreadsheet", async () => {
    for (const place of [...places(), ...places().map((to) => outside.url(`/${encodeURIComponent(to)}`))]) {
      const response = await world.post("/api/process/process-batch", { spreadsheet_url: place });
      expect([place, response.status]).toEqual([place, 422]);
      expect(Failure.parse(await response.json()).error.code).toBe("spreadsheet_not_fetched");
    }
    expect(inside.asked).toEqual([]);
  });

  it("by the rows of a spreadsheet", async () => {
    const csv = `url\n${places().join("\n")}\n`;
    const job = await world.ended((await world.batch(formOf([["rows.csv", csv]]))).job_id);
    expect(job).toMatchObject({ status: "failed", completed: 0, total: places().length });
    expect(inside.asked).toEqual([]);
  });
});
