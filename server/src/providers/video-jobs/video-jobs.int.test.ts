import { OfferedModel, ProviderConnection } from "@llm-tuner/contract/providers.ts";
import type { VideoJob } from "@llm-tuner/gateway/ports.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../../platform/ids.ts";
import { reservationOf, settlementOf } from "../../usage/testing/usage-requests.ts";
import { createProvidersWorld } from "../testing/providers-world.ts";

const world = await createProvidersWorld({ config: { videoJobsDays: 10 } });
afterAll(world.close);
const { ada, bob, call, clock, database, providers, usage } = world;
const { videos } = providers;

const dayMs = 86_400_000;
const models = "/api/admin/providers/models";
const connections = "/api/admin/providers/connections";

let connectionId = "";
let deployment = "";
beforeEach(async () => {
  await world.forget();
  const connection = { name: "google", kind: "gemini", api_key: "a-key-of-google" };
  connectionId = ProviderConnection.parse((await call("POST", connections, { body: connection })).json()).id;
  const offered = await call("POST", models, { body: { connection_id: connectionId, model: "veo-test" } });
  deployment = OfferedModel.parse(offered.json()).id;
});

const jobAs = (id: string, more: Partial<VideoJob> = {}): VideoJob => ({
  id,
  accountId: ada,
  requestId: newId("request"),
  deployment,
  provider: "gemini",
  upstreamId: `models/veo/operations/${id}`,
  model: "veo-test",
  video: { id, object: "video", prompt: "Waves", status: "queued" },
  createdAt: clock.now(),
  ...more,
});

/** An order that was billed: 10 × 20 + 5 × 60 nano-USD of a tuned model, which has a price. */
const billed = async (job: VideoJob): Promise<VideoJob> => {
  const request = { requestId: job.requestId, caller: world.callerOf(ada), startedAt: clock.now() };
  await usage.meter.reserve(reservationOf(request));
  await usage.meter.settle(settlementOf(request));
  await videos.save(job);
  return job;
};

const cost = z.object({ cost: z.coerce.number().nullable() });
const costOf = async ({ requestId }: VideoJob) => {
  await world.flush();
  const query = "select cost_nano_usd as cost from usage_requests where request_id = $1";
  return (await database.row(cost, query, [requestId]))?.cost;
};
const adjustmentsOf = ({ requestId }: VideoJob): Promise<number> =>
  database.execute("select 1 from usage_entries where request_id = $1 and kind = 'adjust'", [requestId]);

describe("a video that was ordered", () => {
  it("is found by its owner as it was kept, and by nobody else", async () => {
    const job = jobAs("video_1");
    await videos.save(job);
    expect(await videos.find(ada, "video_1")).toEqual(job);
    expect(await videos.find(bob, "video_1")).toBeUndefined();
    await videos.remove(bob, "video_1");
    expect(await videos.find(ada, "video_1")).toBeDefined();
    await videos.remove(ada, "video_1");
    expect(await videos.find(ada, "video_1")).toBeUndefined();
  });

  it("is found in another process and after a restart, with the server and the key that it was ordered with", async () => {
    await videos.save(jobAs("video_2"));
    const other = world.createModule();
    const job = await other.videos.find(ada, "video_2");
    const server = job && (await other.videos.serverOf(job));
    expect(server).toMatchObject({ provider: "gemini", adapter: "gemini" });
    const lease = await server?.acquire(new AbortController().signal);
    expect(lease?.headers).toEqual({ "x-goog-api-key": "a-key-of-google" });
    expect(lease?.origin.href).toBe("https://generativelanguage.googleapis.com/");
  });

  it("is still asked for when its model is offered no more, but not when its provider is disconnected", async () => {
    const job = jobAs("video_3");
    const path = `${connections}/${connectionId}`;
    await call("PATCH", `${models}/${deployment}`, { body: { enabled: false } });
    await expect.poll(() => providers.modelTable.find(world.callerOf(ada), "veo-test")).toBeUndefined();
    expect(await videos.serverOf(job)).toBeDefined();
    await call("PATCH", path, { body: { enabled: false } });
    await expect.poll(() => videos.serverOf(job)).toBeUndefined();
    await call("PATCH", path, { body: { enabled: true } });
    await expect.poll(() => videos.serverOf(job)).toBeDefined();
    await call("DELETE", path);
    await expect.poll(() => videos.serverOf(job)).toBeUndefined();
  });

  it("is forgotten after its days: not shown any more, and then deleted at the start of a process", async () => {
    await videos.save(jobAs("video_4", { createdAt: new Date(clock.now().getTime() - 10 * dayMs - 1000) }));
    await videos.save(jobAs("video_5", { createdAt: new Date(clock.now().getTime() - 9 * dayMs) }));
    expect(await videos.find(ada, "video_4")).toBeUndefined();
    expect(await videos.find(ada, "video_5")).toBeDefined();
    const count = () => database.execute("select 1 from video_jobs where id in ('video_4', 'video_5')");
    expect(await count()).toBe(2);
    const other = world.createModule();
    await other.start?.();
    await expect.poll(count).toBe(1);
    await other.stop?.();
  });
});

describe("a video that was not made", () => {
  it("is given back once, however often and by how many it is seen", async () => {
    const job = await billed(jobAs("video_6"));
    expect(await costOf(job)).toBe(500);
    const other = world.createModule();
    await Promise.all([videos.giveBack(job), other.videos.giveBack(job), videos.giveBack(job)]);
    await videos.giveBack(job);
    expect(await costOf(job)).toBe(0);
    expect(await adjustmentsOf(job)).toBe(1);
    expect(await world.unequalCounters()).toEqual([]);
  });

  it("stays at what an administrator made of its bill later", async () => {
    const job = await billed(jobAs("video_7"));
    await videos.giveBack(job);
    await usage.adjustRequest({ requestId: job.requestId, costNanoUsd: 300, reason: "as agreed" });
    await videos.giveBack(job);
    expect(await costOf(job)).toBe(300);
  });

  it("is given back at the next look when a process died before it had written that down", async () => {
    const job = await billed(jobAs("video_8"));
    await usage.adjustRequest({ requestId: job.requestId, costNanoUsd: 0, reason: "The video was not made." });
    await videos.giveBack(job);
    expect(await adjustmentsOf(job)).toBe(1);
    const marked = database.execute("select 1 from video_jobs where id = $1 and given_back_at is not null", [job.id]);
    expect(await marked).toBe(1);
  });

  it("is not taken for given back when its bill is not there", async () => {
    const job = jobAs("video_9");
    await videos.save(job);
    await expect(videos.giveBack(job)).rejects.toMatchObject({ code: "usage_request_not_found" });
    const marked = database.execute("select 1 from video_jobs where id = $1 and given_back_at is not null", [job.id]);
    expect(await marked).toBe(0);
  });
});

describe("the archive of a person", () => {
  it("holds the videos that they ordered, and goes with them", async () => {
    await videos.save(jobAs("video_10"));
    await videos.save(jobAs("video_11", { accountId: bob }));
    const files = new Map<string, string>();
    for await (const file of providers.personalData?.files(ada) ?? []) {
      files.set(file.name, (await (await file.open()).toArray()).join(""));
    }
    const lines = files.get("videos.jsonl") ?? "";
    expect(lines).toContain('"video_10"');
    expect(lines).toContain("Waves");
    expect(lines).not.toContain("video_11");
    // What it is called at its provider is of use to nobody but whoever has the provider's key.
    expect(lines).not.toContain("operations/");
    await database.execute("delete from users where id = $1", [ada]);
    expect(await videos.find(ada, "video_10")).toBeUndefined();
    expect(await videos.find(bob, "video_11")).toBeDefined();
  });
});
