import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { archiveOf } from "../../platform/testing/archive.ts";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld, formOf, people } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";

const Failure = z.object({ error: z.looseObject({ code: z.string() }) });
const codeOf = async (response: Response) => Failure.parse(await response.json()).error.code;

let world: DocumentsWorld;

beforeAll(async () => {
  world = await createDocumentsWorld({
    waitSeconds: 150,
    anonymousJobsPerHour: 12,
    anonymousPerBatch: 2,
    anonymousMaxBytes: 20_000,
  });
  await world.documents.start?.();
});
afterAll(() => world.close());

describe("a document without an owner", () => {
  it("is processed, is there for whoever holds its id, and goes with its time", async () => {
    const result = await world.single(formOf([["a.pdf", letterAbout(1)]]), "nobody");
    expect(result.metadata.tagger).toBe("offline");
    expect(result.tags.length).toBeGreaterThan(0);
    const expiresAt = result.metadata.expires_at ?? "";
    expect(new Date(expiresAt).getTime() - world.clock.now().getTime()).toBe(24 * 3_600_000);
    expect((await world.status(result.job_id, "nobody")).completed).toBe(1);
    expect((await world.status(result.job_id, "bob")).completed).toBe(1);
    const guessed = `${result.job_id.slice(0, -1)}${result.job_id.endsWith("a") ? "b" : "a"}`;
    expect((await world.call(`/api/process/batch-status/${guessed}`, { as: "nobody" })).status).toBe(404);
    expect(await (await world.call("/api/history/jobs", { as: "nobody" })).json()).toMatchObject({
      jobs: [],
      total: 0,
    });
    const files = await world.storedFiles();
    world.clock.advance(24 * 3_600_000 + 1);
    expect((await world.call(`/api/process/batch-status/${result.job_id}`, { as: "nobody" })).status).toBe(404);
    // A process that begins now does its housekeeping at once.
    const housekeeper = world.createModule({}, `/tmp/${result.job_id}`);
    await housekeeper.start?.();
    await housekeeper.stop?.();
    expect(await world.storedFiles()).toBe(files - 1);
    const left = await world.database.row(
      z.object({ count: z.coerce.number() }),
      "select count(*) from documents where job_id = $1",
      [result.job_id],
    );
    expect(left?.count).toBe(0);
  });

  it.each([
    ["a model", formOf([["a.pdf", letterAbout(1)]], { tagger: "gpt-4.1" }), "tagger_needs_account"],
    ["too large a file", formOf([["a.pdf", "x".repeat(20_001)]]), "document_too_large"],
  ])("may not have %s", async (_what, form, code) => {
    expect(await codeOf(await world.post("/api/process/process-single", form, "nobody"))).toBe(code);
  });

  it("may not come in a large batch", async () => {
    const urls = ["http://a.test/", "http://b.test/", "http://c.test/"];
    const response = await world.post("/api/process/process-batch", { urls }, "nobody");
    expect(await codeOf(response)).toBe("too_many_documents");
  });

  it("may not be started again and again from one address", async () => {
    const start = () => world.post("/api/process/process-batch", { urls: ["nonsense"] }, "nobody");
    for (let call = 0; call < 13; call += 1) await start();
    const refused = await start();
    expect([refused.status, await codeOf(refused)]).toEqual([429, "too_many_jobs"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await world.post("/api/process/process-batch", { urls: ["nonsense"] }, "ann")).status).toBe(202);
  });
});

it("takes no more space than there is for all documents without an owner", async () => {
  const letter = letterAbout(9);
  const host = await startDocumentHost((_request, response) => void response.end(letter));
  const anonymousBytes = Math.ceil(letter.length * 1.5);
  const full = await createDocumentsWorld({ anonymousBytes, insideHosts: new Set([host.name]), waitSeconds: 150 });
  const url = host.url("/letters/9");
  try {
    await full.documents.start?.();
    await full.single({ url }, "nobody");
    const sent = await full.post("/api/process/process-single", formOf([["a.pdf", letter]]), "nobody");
    expect([sent.status, await codeOf(sent)]).toEqual([413, "anonymous_space_full"]);
    expect(await full.storedFiles()).toBe(1);
    const fetched = await full.post("/api/process/process-single", { url }, "nobody");
    expect([fetched.status, await codeOf(fetched)]).toEqual([422, "document_too_large"]);
    await full.database.execute("update documents set bytes = $1", [anonymousBytes]);
    const refused = await full.post("/api/process/process-single", { url }, "nobody");
    expect(await refused.text()).toContain("without an account is full");
    // Whoever has an account has a space of their own.
    await full.single({ url });
  } finally {
    await full.close();
    await host.close();
  }
});

it("is not taken where documents are for people with an account", async () => {
  const closed = await createDocumentsWorld({ anonymous: false });
  try {
    const calls: [string, string][] = [
      ["POST", "/api/process/process-single"],
      ["POST", "/api/process/process-batch"],
      ["GET", "/api/history/jobs"],
      ["GET", `/api/process/batch-status/batch_${"0".repeat(22)}`],
      ["POST", `/api/process/batch-status/batch_${"0".repeat(22)}/cancel`],
    ];
    for (const [method, path] of calls) {
      const body = path.endsWith("single") ? { url: "http://a.test/" } : { urls: ["http://a.test/"] };
      const init = path.includes("process/process-") ? { body: JSON.stringify(body) } : {};
      expect([path, (await closed.call(path, { method, as: "nobody", ...init })).status]).toEqual([path, 401]);
    }
  } finally {
    await closed.close();
  }
});

it("gives a person all of theirs, and removes it with the account", async () => {
  const mine = await world.single(formOf([["mine.pdf", letterAbout(5)]]));
  await world.single(formOf([["bobs.pdf", letterAbout(6)]]), "bob");
  const archive = await archiveOf(world.documents, people.ann);
  const names = [...archive.keys()];
  expect(names).toContain("jobs.jsonl");
  expect(names).toContain(`contents/${mine.document_id}-mine.pdf`);
  expect(archive.get("jobs.jsonl")).toContain(mine.job_id);
  expect(archive.get("documents.jsonl")).toContain("Report number 5");
  expect([...archive.values()].join("")).not.toContain("Report number 6");
  await world.documents.personalData?.erase(people.ann);
  await world.documents.personalData?.erase(people.ann);
  expect((await world.call(`/api/history/jobs/${mine.job_id}`)).status).toBe(404);
  const kept = await archiveOf(world.documents, people.bob);
  expect([...kept.values()].join("")).toContain("Report number 6");
});
