import { BatchEstimate, DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld, formOf } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";

const Failure = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) });

let host: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;

beforeAll(async () => {
  host = await startDocumentHost((request, response) => {
    const url = request.url ?? "";
    const number = /^\/letters\/(\d+)/.exec(url)?.[1];
    if (number !== undefined) response.end(letterAbout(Number(number)));
    else if (url === "/list.csv")
      response.end(`name,url\nFirst,${host.url("/letters/71")}\nSecond,\nThird,not an address\n`);
    else if (url === "/large.pdf") response.end(Buffer.alloc(2_000_000, "%PDF-1.4 "));
    else if (url === "/broken") response.writeHead(500).end();
    else response.writeHead(404).end();
  });
  world = await createDocumentsWorld({
    insideHosts: new Set([host.name]),
    waitSeconds: 150,
    maxBytes: 1_000_000,
    filesPerBatch: 3,
    bytesPerPerson: 50_000_000,
  });
  await world.documents.start?.();
});
afterAll(async () => {
  await world.close();
  await host.close();
});

const codeOf = async (response: Response) => Failure.parse(await response.json()).error.code;

describe("a single document", () => {
  it("is fetched, read and tagged within one answer", async () => {
    const result = await world.single({ url: host.url("/letters/1?lang=en"), max_tags: 5 });
    expect(result.extracted_text).toContain("Report number 1 of the harbour office");
    expect(result.tags.length).toBeGreaterThan(0);
    expect(result.tags.length).toBeLessThanOrEqual(5);
    expect(result.metadata).toMatchObject({
      language_detected: "en",
      page_count: 1,
      tagger: "offline",
      ocr_used: false,
      cost_usd: 0,
      expires_at: null,
    });
    const job = await world.status(result.job_id);
    expect(job).toMatchObject({ status: "completed", job_type: "single", total: 1, completed: 1, pending: 0 });
    expect(job.results).toMatchObject([{ id: result.document_id, status: "completed", has_file: true, attempts: 1 }]);
  });

  it("says of which languages the offline tagger gave no tags, also where it gave some, and nothing else", async () => {
    const asked = await world.single({ url: host.url("/letters/31?lang=en"), languages: ["en", "de", "fr"] });
    expect(asked.tags.length).toBeGreaterThan(0);
    const note = expect.stringMatching(/in English, .* cannot translate.* German, French /);
    expect(asked.metadata.tagging_note).toEqual(note);
    expect((await world.status(asked.job_id)).results).toMatchObject([{ tagging_note: note }]);
    const own = await world.single({ url: host.url("/letters/32?lang=en"), languages: ["en"] });
    const any = await world.single({ url: host.url("/letters/33?lang=en") });
    expect([own.metadata.tagging_note, any.metadata.tagging_note]).toEqual([null, null]);
  });

  it.each([false, true])("is uploaded, with its fields after the file: %s", async (fieldsLast) => {
    const number = fieldsLast ? 3 : 2;
    const form = formOf([["Käse/../letter.pdf", letterAbout(number)]], { max_tags: "3" }, { fieldsLast });
    const result = await world.single(form);
    expect(result.extracted_text).toContain(`Report number ${number}`);
    expect(result.tags.length).toBeLessThanOrEqual(3);
    const [document] = (await world.status(result.job_id)).results;
    expect(document).toMatchObject({ file_name: "letter.pdf", title: "letter", source_url: null });
  });

  it.each([
    ["/missing.pdf", "document_not_found"],
    ["/large.pdf", "document_too_large"],
    ["/broken", "document_unreachable"],
  ])("from %s says %s", async (path, code) => {
    const response = await world.post("/api/process/process-single", { url: host.url(path) });
    expect([response.status, await codeOf(response)]).toEqual([422, code]);
  });

  it("that is no PDF says so", async () => {
    const response = await world.post("/api/process/process-single", formOf([["a.pdf", "just words"]]));
    expect(await codeOf(response)).toBe("document_not_a_pdf");
  });

  it.each([
    [
      "two files",
      formOf([
        ["a.pdf", "%PDF"],
        ["b.pdf", "%PDF"],
      ]),
      400,
      "one_document_only",
    ],
    ["no file", formOf([], { max_tags: "3" }), 400, "no_documents"],
    ["an unknown field", formOf([["a.pdf", "%PDF"]], { colour: "red" }), 400, "invalid_request"],
    [
      "a value out of range",
      formOf([["a.pdf", "%PDF"]], { max_tags: "900" }, { fieldsLast: true }),
      400,
      "invalid_request",
    ],
    ["a file that is too large", formOf([["a.pdf", "x".repeat(1_000_001)]]), 413, "document_too_large"],
    ["an unknown tagger", formOf([["a.pdf", "%PDF"]], { tagger: "nobody-has-this" }), 400, "unknown_tagger"],
  ])("with %s is refused and leaves nothing", async (_what, form, status, code) => {
    const before = [await world.storedFiles(), await documentsOf()];
    const response = await world.post("/api/process/process-single", form);
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect([await world.storedFiles(), await documentsOf()]).toEqual(before);
  });
});

const documentsOf = async () =>
  (await world.database.row(z.object({ count: z.coerce.number() }), "select count(*) from documents"))?.count;

describe("a batch", () => {
  it("of addresses has a row for each before any work, and fails those without a usable one", async () => {
    const started = await world.batch({
      urls: [host.url("/letters/10"), "ftp://example.org/a.pdf", "nonsense", host.url("/letters/11")],
      name: "Letters",
    });
    expect(started).toMatchObject({ total_documents: 4, failed_documents: 2 });
    const job = await world.ended(started.job_id);
    expect(job).toMatchObject({
      name: "Letters",
      status: "partial",
      completed: 2,
      failed: 2,
      pending: 0,
      processing: 0,
    });
    expect(job.results.map(({ position, status, error }) => [position, status, error?.code ?? null])).toEqual([
      [0, "completed", null],
      [1, "failed", "refused_address"],
      [2, "failed", "refused_address"],
      [3, "completed", null],
    ]);
  });

  it("of a spreadsheet by its address takes titles from it", async () => {
    const started = await world.batch({ spreadsheet_url: host.url("/list.csv") });
    expect(started).toMatchObject({ total_documents: 3, failed_documents: 2 });
    const job = await world.ended(started.job_id);
    expect(job.results.map(({ status }) => status)).toEqual(["completed", "failed", "failed"]);
    expect(job.name).toBe("list.csv");
  });

  it("of an uploaded spreadsheet with its fields after it", async () => {
    const csv = `url\n${host.url("/letters/12")}\n`;
    const started = await world.batch(formOf([["rows.csv", csv]], { url_column: "url" }, { fieldsLast: true }));
    expect((await world.ended(started.job_id)).status).toBe("completed");
  });

  it("of many files", async () => {
    const started = await world.batch(
      formOf([
        ["a.pdf", letterAbout(20)],
        ["b.pdf", letterAbout(21)],
      ]),
    );
    const job = await world.ended(started.job_id);
    expect(job.results.map(({ file_name, status }) => [file_name, status])).toEqual([
      ["a.pdf", "completed"],
      ["b.pdf", "completed"],
    ]);
  });

  it.each([
    ["too many files", formOf([1, 2, 3, 4].map((number) => [`${number}.pdf`, "%PDF"])), "too_many_documents"],
    [
      "a spreadsheet among files",
      formOf([
        ["a.pdf", "%PDF"],
        ["b.csv", "url\n"],
      ]),
      "mixed_files",
    ],
    ["a spreadsheet without rows", formOf([["b.csv", "url\n"]]), "spreadsheet_without_rows"],
  ])("with %s is refused and leaves nothing", async (_what, form, code) => {
    const before = [await world.storedFiles(), await documentsOf()];
    const response = await world.post("/api/process/process-batch", form);
    expect(await codeOf(response)).toBe(code);
    expect([await world.storedFiles(), await documentsOf()]).toEqual(before);
  });

  it("is estimated without being begun", async () => {
    const before = [await world.storedFiles(), await documentsOf()];
    const body = { urls: [host.url("/letters/1"), host.url("/letters/1"), "nonsense"], dry_run: true };
    const response = await world.post("/api/process/process-batch", body);
    expect(response.status).toBe(200);
    const estimate = BatchEstimate.parse(await response.json());
    expect(estimate).toMatchObject({
      total_documents: 3,
      failed_documents: 1,
      duplicate_documents: 1,
      tagger: "offline",
      cost_usd: { low: 0, expected: 0, high: 0 },
    });
    expect(estimate.based_on_documents).toBeGreaterThan(0);
    const uploaded = formOf([["a.pdf", letterAbout(1)]], { dry_run: "true" });
    expect((await world.post("/api/process/process-batch", uploaded)).status).toBe(200);
    expect([await world.storedFiles(), await documentsOf()]).toEqual(before);
  });
});

describe("the same content", () => {
  it("is tagged once for a person, and again for another", async () => {
    const first = await world.single(formOf([["a.pdf", letterAbout(30)]]));
    const again = await world.single(formOf([["copy.pdf", letterAbout(30)]]));
    const [copy] = (await world.status(again.job_id)).results;
    expect(copy).toMatchObject({ duplicate_of: first.document_id, cost_usd: 0 });
    expect(again.tags).toEqual(first.tags);
    const others = await world.single(formOf([["a.pdf", letterAbout(30)]]), "bob");
    expect((await world.status(others.job_id, "bob")).results).toMatchObject([{ duplicate_of: null }]);
  });

  it("in one batch is tagged once", async () => {
    const started = await world.batch({ urls: Array.from({ length: 6 }, () => host.url("/letters/31")) });
    const job = await world.ended(started.job_id);
    const originals = job.results.filter(({ duplicate_of }) => duplicate_of === null);
    expect([job.completed, originals.length]).toEqual([6, 1]);
  });

  it("is tagged again when it shall be tagged in another way", async () => {
    const { job_id } = await world.single({ url: host.url("/letters/30"), max_tags: 2 });
    expect((await world.status(job_id)).results).toMatchObject([{ duplicate_of: null }]);
  });
});

it("gives somebody else's jobs and documents to nobody", async () => {
  const { job_id, document_id } = await world.single({ url: host.url("/letters/40") });
  const calls: [string, string][] = [
    ["GET", `/api/process/batch-status/${job_id}`],
    ["GET", `/api/process/batch-status/${job_id}/events`],
    ["GET", `/api/history/jobs/${job_id}`],
    ["DELETE", `/api/history/jobs/${job_id}`],
    ["POST", `/api/process/batch-status/${job_id}/cancel`],
    ["POST", `/api/process/batch-status/${job_id}/pause`],
    ["POST", `/api/process/batch-status/${job_id}/resume`],
    ["POST", `/api/process/batch-status/${job_id}/retry-failed`],
    ["POST", `/api/history/documents/${document_id}/retry`],
  ];
  for (const [method, path] of calls) {
    for (const as of ["bob", "nobody"] as const) {
      expect([method, path, (await world.call(path, { method, as })).status]).toEqual([method, path, 404]);
    }
  }
  const bobs = z
    .object({ jobs: z.array(DocumentJob) })
    .parse(await (await world.call("/api/history/jobs", { as: "bob" })).json());
  expect(bobs.jobs.map((job) => job.job_id)).not.toContain(job_id);
});

it("lists a person's jobs by what they are and how they ended", async () => {
  const list = async (query: string) =>
    z
      .object({ jobs: z.array(DocumentJob), total: z.number() })
      .parse(await (await world.call(`/api/history/jobs?${query}`)).json());
  const all = await list("limit=100");
  expect(all.total).toBe(all.jobs.length);
  const partial = await list("status=partial");
  expect(partial.jobs.length).toBeGreaterThan(0);
  expect(partial.jobs.every(({ status }) => status === "partial")).toBe(true);
  const sizes = (await list("sort=largest&job_type=batch&limit=100")).jobs.map(({ total }) => total);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});

it("keeps a person within their space, also for what is fetched", async () => {
  const small = await createDocumentsWorld({
    insideHosts: new Set([host.name]),
    bytesPerPerson: 2_500,
    perPerson: 3,
    waitSeconds: 150,
  });
  await small.documents.start?.();
  try {
    await small.single(formOf([["a.pdf", letterAbout(1)]]));
    const upload = await small.post("/api/process/process-single", formOf([["b.pdf", letterAbout(2)]]));
    expect([upload.status, await codeOf(upload)]).toEqual([413, "document_space_exceeded"]);
    const fetched = await small.post("/api/process/process-single", { url: host.url("/letters/2") });
    expect(await codeOf(fetched)).toBe("document_too_large");
    const many = await small.post("/api/process/process-batch", { urls: [1, 2].map((n) => host.url(`/letters/${n}`)) });
    expect([many.status, await codeOf(many)]).toEqual([413, "too_many_documents_kept"]);
    expect(await small.storedFiles()).toBe(1);
  } finally {
    await small.close();
  }
});
