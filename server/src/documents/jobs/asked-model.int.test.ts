import { insufficientQuota } from "@llm-tuner/gateway/errors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { until } from "../../platform/testing/until.ts";
import { refuses, says } from "../../tagging/testing/fake-model.ts";
import { modelName, saysTag, startAskedModel } from "./testing/asked-model.ts";
import { startDocumentHost } from "./testing/document-host.ts";
import { annsKey, type Asker, createDocumentsWorld, type DocumentsWorld } from "./testing/documents-world.ts";
import { letterAbout } from "./testing/tiny-pdf.ts";

let host: Awaited<ReturnType<typeof startDocumentHost>>;
let model: Awaited<ReturnType<typeof startAskedModel>>;
let world: DocumentsWorld;

beforeAll(async () => {
  host = await startDocumentHost(
    (request, response) => void response.end(letterAbout(Number(/\d+$/.exec(request.url ?? "")?.[0]))),
  );
});
afterAll(() => host.close());

const start = async (atOnce: number) => {
  model = await startAskedModel();
  world = await createDocumentsWorld(
    { insideHosts: new Set([host.name]), atOnce, atOncePerOwner: atOnce, waitSeconds: 150 },
    model.taggers,
  );
  await world.documents.start?.();
};
const end = async () => {
  await world.close();
  await model.close();
};

const letters = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => host.url(`/letters/${from + index}`));
const begin = async (urls: string[], more: object = {}, as?: Asker) =>
  (await world.batch({ urls, tagger: modelName, ...more }, as)).job_id;
const resume = (jobId: string, body: object = {}, as?: Asker) =>
  world.post(`/api/process/batch-status/${jobId}/resume`, body, as);

/** The job as soon as it waits and nothing of it is worked on. */
const paused = (jobId: string) =>
  until(async () => {
    const job = await world.status(jobId);
    if (job.finished_at !== null) throw new Error(`it has ended: ${JSON.stringify(job)}`);
    return job.paused === null || job.processing > 0 ? undefined : job;
  });

/** Milliseconds of the clock, which stands still, until the job goes on by itself. */
async function leftOf(jobId: string): Promise<number> {
  const text = "select resume_at from document_jobs where id = $1";
  const row = await world.database.row(z.object({ resume_at: z.date() }), text, [jobId]);
  return (row?.resume_at.getTime() ?? Number.NaN) - world.clock.now().getTime();
}

/** Moves the clock to where the job goes on; resolves when the provider is asked again. */
async function passPause(jobId: string): Promise<void> {
  const asked = model.upstream.requests.length;
  world.clock.advance((await leftOf(jobId)) + 1);
  await until(() => model.upstream.requests.length > asked);
}

const overloaded = (headers: Record<string, string> = {}) => refuses("Try later.", { status: 503, headers });

function expectWithin(value: number, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

describe("a provider that is busy", () => {
  beforeAll(() => start(1));
  afterAll(() => end());

  it("makes a job wait longer each time, which goes on by itself and begins anew after an answer", async () => {
    model.upstream.plan(overloaded(), overloaded(), overloaded(), saysTag("Harbour"), overloaded(), saysTag("Crane"));
    const jobId = await begin(letters(0, 2));
    for (const seconds of [2, 4, 8]) {
      expect((await paused(jobId)).paused).toMatchObject({ reason: "provider" });
      expectWithin(await leftOf(jobId), seconds * 1000, seconds * 1250);
      await passPause(jobId);
    }
    await until(async () => (await world.status(jobId)).completed === 1);
    expect((await paused(jobId)).completed).toBe(1);
    expectWithin(await leftOf(jobId), 2000, 2500);
    await passPause(jobId);
    const job = await world.ended(jobId);
    expect(job.results).toMatchObject([
      { status: "completed", attempts: 1 },
      { status: "completed", attempts: 1 },
    ]);
    expect(job.cost_usd).toBeCloseTo(2600e-9, 12);
  });

  it("is given the time that it asks for", async () => {
    model.upstream.plan(overloaded({ "retry-after": "40" }), saysTag("Vessel"));
    const jobId = await begin(letters(10, 1));
    await paused(jobId);
    expectWithin(await leftOf(jobId), 40_000, 50_000);
    // A person knows better.
    expect((await resume(jobId)).status).toBe(200);
    expect((await world.ended(jobId)).completed).toBe(1);
  });
});

describe("a provider that is busy for several documents at once", () => {
  beforeAll(() => start(4));
  afterAll(() => end());

  it("makes the job wait once", async () => {
    const asked = model.upstream.requests.length;
    const all = Promise.withResolvers<void>();
    model.upstream.plan(...Array.from({ length: 4 }, () => ({ ...overloaded(), after: all.promise })));
    const jobId = await begin(letters(20, 4));
    await until(() => model.upstream.requests.length === asked + 4);
    all.resolve();
    expect((await paused(jobId)).pending).toBe(4);
    expectWithin(await leftOf(jobId), 2000, 2500);
    model.upstream.plan(...["Pilot", "Anchor", "Dock", "Ledger"].map((tag) => saysTag(tag)));
    await passPause(jobId);
    expect((await world.ended(jobId)).completed).toBe(4);
  });

  it("does not cut short the time that another of them was told", async () => {
    const asked = model.upstream.requests.length;
    const first = Promise.withResolvers<void>();
    model.upstream.plan(overloaded({ "retry-after": "60" }), { ...overloaded(), after: first.promise });
    const jobId = await begin(letters(30, 2));
    await until(() => model.upstream.requests.length === asked + 2);
    await until(async () => (await world.status(jobId)).paused !== null);
    first.resolve();
    await paused(jobId);
    expectWithin(await leftOf(jobId), 60_000, 75_000);
    expect((await world.post(`/api/process/batch-status/${jobId}/cancel`, {})).status).toBe(200);
  });
});

describe("a budget", () => {
  beforeAll(() => start(2));
  afterAll(() => end());

  it("that the next document could exceed makes the job wait until somebody raises it", async () => {
    const asked = model.upstream.requests.length;
    const jobId = await begin(letters(40, 2), { budget_usd: 1e-8 });
    const job = await paused(jobId);
    expect(job).toMatchObject({ paused: { reason: "budget" }, pending: 2, completed: 0, cost_usd: 0 });
    expect(job.paused?.message).toContain("$0.00000001");
    expect(model.upstream.requests.length).toBe(asked);
    // Time alone changes nothing; too little money does not either.
    world.clock.advance(3_600_000);
    expect((await resume(jobId, { budget_usd: 2e-8 })).status).toBe(200);
    expect((await paused(jobId)).paused?.message).toContain("$0.00000002");
    model.upstream.plan(saysTag("Cargo"), saysTag("Tariff"));
    expect((await resume(jobId, { budget_usd: 1 })).status).toBe(200);
    const done = await world.ended(jobId);
    expect(done).toMatchObject({ status: "completed", completed: 2, budget_usd: 1 });
    expect(done.results.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(done.cost_usd).toBeCloseTo(2600e-9, 12);
  });

  it("of the account that is used up makes the job wait in the same way", async () => {
    model.meter.refuse = insufficientQuota("The account has no money left.");
    const jobId = await begin(letters(50, 1));
    expect((await paused(jobId)).paused).toMatchObject({ reason: "budget", message: "The account has no money left." });
    model.meter.refuse = undefined;
    model.upstream.plan(saysTag("Customs"));
    expect((await resume(jobId)).status).toBe(200);
    expect((await world.ended(jobId)).results).toMatchObject([{ status: "completed", attempts: 1 }]);
  });
});

describe("a job whose API key has expired", () => {
  beforeAll(() => start(1));
  afterAll(() => end());

  it("goes on with the credential of whoever resumes it", async () => {
    const jobId = await begin(letters(60, 2), {}, "annsKey");
    model.expired.add(annsKey);
    model.upstream.plan(saysTag("Insurance"), saysTag("Warehouse"));
    expect((await paused(jobId)).paused).toMatchObject({ reason: "budget", message: "The API key has expired." });
    // The same key changes nothing, and one that may not use the model is refused.
    expect((await resume(jobId, {}, "annsKey")).status).toBe(200);
    expect((await paused(jobId)).pending).toBe(2);
    const refused = await resume(jobId, {}, "annsNarrowKey");
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "unknown_tagger" } }]);
    expect((await resume(jobId, {}, "bob")).status).toBe(404);
    expect((await paused(jobId)).pending).toBe(2);
    expect((await resume(jobId)).status).toBe(200);
    expect((await world.ended(jobId)).results).toMatchObject([
      { status: "completed", attempts: 1 },
      { status: "completed", attempts: 1 },
    ]);
    expect(model.meter.reservations.map(({ caller }) => caller.keyId)).toEqual([null, null]);
  });

  it("is tried again with the credential of whoever asks for it, as a whole and one by one", async () => {
    model.meter.reservations.length = 0;
    const jobId = await begin(letters(65, 3), {}, "annsKey");
    await paused(jobId);
    const cancelled = await world.post(`/api/process/batch-status/${jobId}/cancel`, {}, "annsKey");
    expect(cancelled.status).toBe(200);
    const retryAll = `/api/process/batch-status/${jobId}/retry-failed`;
    const [document] = (await world.status(jobId)).results;
    const retryOne = `/api/history/documents/${document?.id}/retry`;
    for (const path of [retryAll, retryOne]) {
      const refused = await world.post(path, {}, "annsNarrowKey");
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "unknown_tagger" } }]);
      expect((await world.post(path, {}, "bob")).status).toBe(404);
    }
    expect(await world.status(jobId)).toMatchObject({ status: "cancelled", cancelled: 3 });

    model.upstream.plan(saysTag("Harbour"), saysTag("Insurance"), saysTag("Warehouse"));
    expect((await world.post(retryOne, {})).status).toBe(200);
    expect((await world.ended(jobId)).completed).toBe(1);
    expect((await world.post(retryAll, {})).status).toBe(200);
    expect(await world.ended(jobId)).toMatchObject({ status: "completed", completed: 3 });
    expect(model.meter.reservations.map(({ caller }) => caller.keyId)).toEqual([null, null, null]);
  });
});

describe("a job that is cancelled while the model answers", () => {
  beforeAll(() => start(1));
  afterAll(() => end());

  it("still counts what the answer cost", async () => {
    const answer = Promise.withResolvers<void>();
    model.upstream.plan({ ...saysTag("Freight"), after: answer.promise });
    model.readOn();
    const jobId = await begin(letters(70, 1));
    await until(() => model.upstream.requests.length === 1);
    const cancelled = await world.post(`/api/process/batch-status/${jobId}/cancel`, {});
    expect(await cancelled.json()).toMatchObject({ status: "cancelled", cancelled: 1, cost_usd: 0 });
    answer.resolve();
    const job = await until(async () => {
      const now = await world.status(jobId);
      return now.cost_usd > 0 ? now : undefined;
    });
    expect(job.cost_usd).toBeCloseTo(1300e-9, 12);
    expect(job).toMatchObject({ status: "cancelled", cancelled: 1, results: [{ status: "cancelled", tags: [] }] });
    expect(model.meter.settlements).toHaveLength(1);
  });

  it("counts the answers before that, too", async () => {
    const answer = Promise.withResolvers<void>();
    // The first cannot be read, so that the model is asked once more.
    model.upstream.plan(says("I would rather not."), { ...saysTag("Freight"), after: answer.promise });
    const jobId = await begin(letters(80, 1));
    await until(() => model.upstream.requests.length === 3);
    expect((await world.post(`/api/process/batch-status/${jobId}/cancel`, {})).status).toBe(200);
    answer.resolve();
    const total = 2600e-9;
    await until(async () => Math.abs((await world.status(jobId)).cost_usd - total) < 1e-12);
  });
});
