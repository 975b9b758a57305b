import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDocumentHost } from "./testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";
import { until } from "../../platform/testing/until.ts";

let isSilent = false;
let host: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "document-workers-"));
  host = await startDocumentHost((request, response) => {
    if (!isSilent) response.end(letterAbout(Number(/\d+$/.exec(request.url ?? "")?.[0])));
  });
  world = await createDocumentsWorld({ insideHosts: new Set([host.name]), fetchesPerHost: 4 });
});
afterAll(async () => {
  await world.close();
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

const letters = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => host.url(`/letters/${from + index}`));

/** A process that works, with a data directory of its own. */
const startWorker = async (name: string) => {
  const worker = world.createModule({}, join(folder, name));
  await worker.start?.();
  return worker;
};

const holderOf = (name: string) => readFile(join(folder, name, "document-work", "holder"), "utf8");

/** As a process leaves the first document of a job that is killed. */
const pretendWork = (jobId: string, { holder, interruptions }: { holder: string; interruptions: number }) =>
  world.database.execute(
    `update documents set status = 'processing', stage = 'tagging', attempts = $4 + 1, interruptions = $4, lease_id = $5,
       lease_holder = $2, lease_until = $3 where job_id = $1 and position = 0`,
    [jobId, holder, new Date(world.clock.now().getTime() + 60_000), interruptions, randomUUID()],
  );

it("begins no document in a process that does not work", async () => {
  const { job_id } = await world.batch({ urls: letters(300, 1) });
  expect(await world.status(job_id)).toMatchObject({ status: "pending", pending: 1 });
  const worker = await startWorker("first");
  expect((await world.ended(job_id)).status).toBe("completed");
  await worker.stop?.();
});

it("goes on at once with what its own former process left", async () => {
  const { job_id } = await world.batch({ urls: letters(310, 3) });
  await pretendWork(job_id, { holder: await holderOf("first"), interruptions: 0 });
  const worker = await startWorker("first");
  const job = await world.ended(job_id);
  expect(job).toMatchObject({ status: "completed", completed: 3 });
  expect(job.results.map(({ attempts }) => attempts)).toEqual([2, 1, 1]);
  await worker.stop?.();
});

it("leaves what another process works on alone, until its lease has ended", async () => {
  const worker = await startWorker("first");
  const { job_id } = await world.batch({ urls: letters(320, 2) });
  await world.ended(job_id);
  await world.database.execute("update document_jobs set finished_at = null where id = $1", [job_id]);
  await pretendWork(job_id, { holder: "another", interruptions: 0 });
  await worker.stop?.();
  const next = await startWorker("first");
  const probe = await world.batch({ urls: letters(322, 1) });
  await world.ended(probe.job_id);
  expect(await world.status(job_id)).toMatchObject({ processing: 1, finished_at: null });
  world.clock.advance(61_000);
  expect((await world.ended(job_id)).status).toBe("completed");
  await next.stop?.();
});

it("gives up a document with which processes ended again and again, and nothing else", async () => {
  const { job_id } = await world.batch({ urls: letters(330, 3) });
  await pretendWork(job_id, { holder: await holderOf("first"), interruptions: 5 });
  const worker = await startWorker("first");
  const job = await world.ended(job_id);
  expect(job).toMatchObject({ status: "partial", completed: 2, failed: 1 });
  expect(job.results[0]).toMatchObject({ status: "failed", error: { code: "interrupted" } });
  await worker.stop?.();
});

it("lets go of its documents when it stops, without counting the attempt", async () => {
  isSilent = true;
  const { job_id } = await world.batch({ urls: letters(340, 2) });
  const worker = await startWorker("first");
  await until(async () => (await world.status(job_id)).processing === 2);
  await worker.stop?.();
  expect((await world.status(job_id)).results).toMatchObject([
    { status: "pending", attempts: 0 },
    { status: "pending", attempts: 0 },
  ]);
  isSilent = false;
  const next = await startWorker("first");
  expect((await world.ended(job_id)).status).toBe("completed");
  await next.stop?.();
});

it("shares a job between processes, each document with one of them", async () => {
  const workers = [await startWorker("first"), await startWorker("second")];
  const before = host.asked.length;
  const { job_id } = await world.batch({ urls: letters(350, 24) });
  const job = await world.ended(job_id);
  expect(job).toMatchObject({ status: "completed", completed: 24 });
  expect(new Set(job.results.map(({ attempts }) => attempts))).toEqual(new Set([1]));
  expect(host.asked.length - before).toBe(24);
  for (const worker of workers) await worker.stop?.();
});

it("spends nothing of a budget on a model without a price, which would never reach it", async () => {
  const { job_id } = await world.batch({ urls: letters(390, 1) });
  await world.database.execute(
    `update document_jobs set budget_nano_usd = 1, options = options || '{"tagger": "without-price"}' where id = $1`,
    [job_id],
  );
  const worker = await startWorker("unpriced");
  const job = await until(async () => {
    const now = await world.status(job_id);
    return now.paused !== null || now.finished_at !== null ? now : undefined;
  });
  await worker.stop?.();
  expect(job.paused).toMatchObject({ reason: "budget", message: expect.stringContaining("has no price") });
});
