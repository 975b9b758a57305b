import { DocumentJob, DocumentJobWithResults } from "@llm-tuner/contract/document-jobs.ts";
import { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld, formOf, people } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";
import { until } from "../../platform/testing/until.ts";

const Failure = z.object({ error: z.looseObject({ code: z.string() }) });

/** Requests that wait until the test lets them be answered. */
let waiting: { number: number; response: ServerResponse }[] = [];
let isHeld = false;
let failures = 0;
let host: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;

const answer = (number: number, response: ServerResponse) => void response.end(letterAbout(number));
const letGo = () => {
  isHeld = false;
  for (const { number, response } of waiting.splice(0)) answer(number, response);
};

beforeAll(async () => {
  host = await startDocumentHost((request, response) => {
    const number = Number(/\d+$/.exec(request.url ?? "")?.[0]);
    if (request.url?.startsWith("/flaky") === true && failures-- > 0) response.writeHead(503).end();
    else if (isHeld) waiting.push({ number, response });
    else answer(number, response);
  });
  world = await createDocumentsWorld({
    insideHosts: new Set([host.name]),
    fetchesPerHost: 2,
    atOncePerOwner: 4,
    waitSeconds: 150,
  });
  await world.documents.start?.();
});
afterEach(() => {
  letGo();
  failures = 0;
});
afterAll(async () => {
  await world.close();
  await host.close();
});

const letters = (from: number, count: number, path = "/letters") =>
  Array.from({ length: count }, (_, index) => host.url(`${path}/${from + index}`));

const act = async (jobId: string, action: string, body: object = {}) => {
  const response = await world.post(`/api/process/batch-status/${jobId}/${action}`, body);
  if (response.status !== 200) return Failure.parse(await response.json()).error.code;
  return DocumentJob.parse(await response.json());
};

/** Waits until the host holds so many requests. */
const held = (count: number) => until(() => waiting.length >= count);

describe("a job", () => {
  it("fetches no more than two at once from one host, and tells where each document stands", async () => {
    isHeld = true;
    const { job_id } = await world.batch({ urls: letters(100, 6) });
    await held(2);
    await until(async () => (await world.status(job_id)).processing === 4);
    const job = await world.status(job_id);
    expect(job).toMatchObject({ status: "processing", total: 6, processing: 4, pending: 2, completed: 0 });
    expect(job.results.slice(0, 2)).toMatchObject([{ stage: "fetching" }, { stage: "fetching" }]);
    expect(waiting).toHaveLength(2);
    letGo();
    expect((await world.ended(job_id)).status).toBe("completed");
  });

  it("is paused and goes on", async () => {
    isHeld = true;
    const { job_id } = await world.batch({ urls: letters(110, 8) });
    await until(async () => (await world.status(job_id)).processing === 4);
    expect(await act(job_id, "pause")).toMatchObject({ paused: { reason: "person" } });
    letGo();
    // What was begun is brought to its end, and nothing else is begun.
    await until(async () => (await world.status(job_id)).processing === 0);
    expect(await world.status(job_id)).toMatchObject({ completed: 4, pending: 4, finished_at: null });
    expect(await act(job_id, "resume")).toMatchObject({ paused: null });
    expect((await world.ended(job_id)).completed).toBe(8);
    expect(await act(job_id, "pause")).toBe("job_has_ended");
    expect(await act(job_id, "resume")).toBe("job_has_ended");
  });

  it("is cancelled: what is done stays, what runs is ended, and all of it can be tried again", async () => {
    const first = letters(120, 1);
    isHeld = true;
    const { job_id } = await world.batch({ urls: [...first, ...letters(121, 7)] });
    await held(2);
    await until(async () => (await world.status(job_id)).processing === 4);
    const [one] = waiting.splice(0, 1);
    if (one !== undefined) answer(one.number, one.response);
    await until(async () => (await world.status(job_id)).completed === 1);
    const cancelled = await act(job_id, "cancel");
    expect(cancelled).toMatchObject({ status: "cancelled", completed: 1, cancelled: 7, processing: 0, pending: 0 });
    await until(() => waiting.every(({ response }) => response.closed));
    expect(await act(job_id, "cancel")).toMatchObject({ status: "cancelled" });
    waiting = [];
    isHeld = false;
    expect(await act(job_id, "retry-failed")).toMatchObject({ cancelled: 0, finished_at: null });
    expect((await world.ended(job_id)).completed).toBe(8);
    expect(await act(job_id, "cancel")).toBe("job_has_ended");
    expect(await act(job_id, "retry-failed")).toBe("nothing_to_retry");
  });

  it("tries a document again that failed in a way that may pass, and one by one on demand", async () => {
    failures = 2;
    const { job_id } = await world.batch({ urls: letters(130, 1, "/flaky") });
    expect((await world.ended(job_id)).results).toMatchObject([{ status: "completed", attempts: 3 }]);
    failures = 3;
    const started = await world.batch({ urls: [...letters(131, 1, "/flaky"), ...letters(132, 1)] });
    const partial = await world.ended(started.job_id);
    expect(partial).toMatchObject({ status: "partial", failed: 1, completed: 1 });
    expect(partial.results[0]).toMatchObject({ attempts: 3, error: { code: "unreachable" } });
    const documentId = partial.results[0]?.id ?? "";
    const again = await world.post(`/api/history/documents/${documentId}/retry`, {});
    expect(again.status).toBe(200);
    expect((await world.ended(started.job_id)).status).toBe("completed");
    const done = await world.post(`/api/history/documents/${documentId}/retry`, {});
    expect(Failure.parse(await done.json()).error.code).toBe("nothing_to_retry");
  });

  it("waits while its owner's account is suspended", async () => {
    world.suspended.add(people.ann);
    const { job_id } = await world.batch({ urls: letters(140, 1) });
    await until(async () => (await world.status(job_id)).paused !== null);
    expect(await world.status(job_id)).toMatchObject({ paused: { reason: "account" }, pending: 1, completed: 0 });
    world.suspended.delete(people.ann);
    await act(job_id, "resume");
    expect((await world.ended(job_id)).results).toMatchObject([{ status: "completed", attempts: 1 }]);
  });

  it("is deleted with its documents and files", async () => {
    const files = await world.storedFiles();
    const { job_id } = await world.batch({ urls: letters(150, 2) });
    await world.ended(job_id);
    expect(await world.storedFiles()).toBe(files + 2);
    expect((await world.call(`/api/history/jobs/${job_id}`, { method: "DELETE" })).status).toBe(204);
    expect((await world.call(`/api/history/jobs/${job_id}`)).status).toBe(404);
    expect(await world.storedFiles()).toBe(files);
  });

  it("gives each person a share, and single documents come first", async () => {
    isHeld = true;
    const big = await world.batch({ urls: letters(160, 12) });
    await held(2);
    const others = await world.batch({ urls: letters(180, 1) }, "bob");
    await until(async () => (await world.status(others.job_id, "bob")).processing === 1);
    // Ann's four are taken, and her single document is the next of hers.
    const single = world.single(formOf([["now.pdf", letterAbout(190)]]));
    await until(async () => (await documentsOf(people.ann)) === 13);
    letGo();
    const { job_id } = await single;
    await world.ended(big.job_id);
    const order = await world.database.rows(
      z.object({ job_id: z.string() }),
      "select job_id from documents where job_id = any($1::text[]) order by revision",
      [[big.job_id, job_id]],
    );
    // Behind the four that were taken and those that three other hands may have finished meanwhile.
    expect(order.findIndex((row) => row.job_id === job_id)).toBeLessThan(8);
    await world.ended(others.job_id, "bob");
  });
});

const documentsOf = async (userId: string) =>
  (
    await world.database.row(
      z.object({ count: z.coerce.number() }),
      `select count(*) from documents d join document_jobs j on j.id = d.job_id
       where d.user_id = $1 and j.finished_at is null`,
      [userId],
    )
  )?.count;

type Event = { id: string | undefined; event: string | undefined; data: unknown };

/** The event of a frame; none of a comment, or of one that only says when to connect again. */
function eventOf(frame: string): Event[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
  const data = field("data");
  return data === undefined ? [] : [{ id: field("id"), event: field("event"), data: JSON.parse(data) }];
}

/** Reads events until `enough`, or to the end of the stream. */
async function eventsOf(jobId: string, lastEventId?: string, enough = (_events: Event[]) => false): Promise<Event[]> {
  const abort = new AbortController();
  const response = await world.call(`/api/process/batch-status/${jobId}/events`, {
    headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const events: Event[] = [];
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    events.push(...frames.flatMap((frame) => eventOf(frame)));
    if (enough(events)) break;
  }
  abort.abort();
  return events;
}

describe("watching a job", () => {
  it("tells each change to the end, and goes on behind the last event that was received", async () => {
    isHeld = true;
    const { job_id } = await world.batch({ urls: letters(200, 4) });
    await held(2);
    const reading = eventsOf(job_id);
    await until(async () => (await world.status(job_id)).processing === 4);
    letGo();
    const events = await reading;
    expect(events[0]?.event).toBe("job");
    const last = DocumentJob.parse(events.at(-1)?.data);
    expect(events.at(-1)?.event).toBe("end");
    expect(last).toMatchObject({ status: "completed", completed: 4 });
    const documents = events.filter(({ event }) => event === "document");
    const ids = documents.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const final = new Map(documents.map(({ data }) => [DocumentSummary.parse(data).id, DocumentSummary.parse(data)]));
    expect([...final.values()].map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => "completed"));
    const rest = await eventsOf(job_id, String(ids.at(-2)));
    expect(rest.map(({ event }) => event)).toEqual(["job", "document", "end"]);
    expect(rest[1]?.id).toBe(String(ids.at(-1)));
  });

  it("refuses an id that is none", async () => {
    const { job_id } = await world.batch({ urls: letters(210, 1) });
    const response = await world.call(`/api/process/batch-status/${job_id}/events`, {
      headers: { "last-event-id": "yesterday" },
    });
    expect(response.status).toBe(400);
    await world.ended(job_id);
  });
});

describe("the end of a job", () => {
  const finish = async (jobId: string) => {
    for (const payload of world.held.take("documents.finished").filter(({ job_id }) => job_id === jobId)) {
      for (const worker of world.documents.workers) {
        if (worker.queue === "documents.finished") await worker.handle(payload, new AbortController().signal);
      }
    }
  };

  it("is mailed once for a batch, with its counts and its link", async () => {
    const { job_id } = await world.batch({ urls: [...letters(220, 2), "nonsense"], name: "<b>Mine</b>" });
    await world.ended(job_id);
    world.mails.take();
    await finish(job_id);
    const [mail, ...others] = world.mails.take();
    expect(others).toEqual([]);
    expect(mail?.to).toBe(`${people.ann.toLowerCase()}@example.org`);
    expect(mail?.text).toContain("Of 3 documents, 2 are done.");
    expect(mail?.text).toContain("1 document failed");
    expect(mail?.text).toContain(`https://tuner.example.org/documents/jobs/${job_id}`);
    expect(`${mail?.text}${mail?.html}${mail?.subject}`).not.toContain("Mine");
    await act(job_id, "retry-failed");
    const worker = world.documents.workers.find(({ queue }) => queue === "documents.finished");
    await worker?.handle({ job_id }, new AbortController().signal);
    expect(world.mails.take()).toEqual([]);
  });

  it("is tried again while the mail server is away", async () => {
    const { job_id } = await world.batch({ urls: letters(230, 1) });
    await world.ended(job_id);
    world.mails.take();
    world.mails.failNext({ kind: "failed", retry: true, reason: "greylisted" });
    const worker = world.documents.workers.find(({ queue }) => queue === "documents.finished");
    await expect(worker?.handle({ job_id }, new AbortController().signal)).rejects.toThrow("greylisted");
    await worker?.handle({ job_id }, new AbortController().signal);
    expect(world.mails.take()).toHaveLength(1);
  });

  it("of a short single document is not mailed", async () => {
    const { job_id } = await world.single({ url: host.url("/letters/240") });
    world.mails.take();
    await finish(job_id);
    expect(world.mails.take()).toEqual([]);
  });
});

it("shows a page of a job's documents by their status", async () => {
  const { job_id } = await world.batch({ urls: [...letters(250, 3), "nonsense"] });
  await world.ended(job_id);
  const page = async (query: string) =>
    DocumentJobWithResults.parse(await (await world.call(`/api/process/batch-status/${job_id}?${query}`)).json());
  expect((await page("status=failed")).results.map(({ position }) => position)).toEqual([3]);
  expect((await page("limit=2&offset=1")).results.map(({ position }) => position)).toEqual([1, 2]);
});

it("names the job of a single document that failed, so that it can be found and tried again", async () => {
  failures = 3;
  const response = await world.post("/api/process/process-single", { url: host.url("/flaky/260") });
  const { error } = z
    .object({
      error: z.object({ code: z.string(), details: z.object({ job_id: z.string(), document_id: z.string() }) }),
    })
    .parse(await response.json());
  expect([response.status, error.code]).toEqual([422, "document_unreachable"]);
  const { job_id, document_id } = error.details;
  expect((await world.status(job_id)).results).toMatchObject([{ id: document_id, status: "failed" }]);
  expect((await world.post(`/api/history/documents/${document_id}/retry`, {})).status).toBe(200);
  expect((await world.ended(job_id)).status).toBe("completed");
});
