import { APIUserAbortError, NotFoundError } from "openai";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { noUsage } from "./meter/usage.ts";
import { jsonAnswer, type FakeAnswer } from "./testing/fake-upstream.ts";
import { pngBytes } from "./testing/image-call.ts";
import { film, inState, startVideoGateway } from "./testing/video-gateway.ts";

const { test, client, order } = await startVideoGateway();
afterEach(() => {
  test.videos.failSave = undefined;
  test.videos.failGiveBack = undefined;
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});
afterAll(() => test.close());
const lastAsked = () => test.upstream.requests.at(-1);

describe("an order for a video by the official SDK", () => {
  it("is held and billed by its length, and answered with an id and a model of the caller's", async () => {
    test.upstream.plan(jsonAnswer(film));
    const input_reference = new File([pngBytes], "first.png", { type: "image/png" });
    const { data, response } = await client.videos
      .create({ model: "film", prompt: "Waves", seconds: "8", input_reference })
      .withResponse();
    expect(data).toEqual({ ...film, model: "film", id: expect.stringMatching(/^video_[0-9a-f]{32}$/) });
    expect(response.headers.get("x-gateway-provider")).toBe("openai");
    expect(lastAsked()).toMatchObject({ method: "POST", path: "/v1/videos" });
    expect(lastAsked()?.text).toContain('name="model"\r\n\r\nsora-2');
    expect(lastAsked()?.text).toContain('name="input_reference"; filename="first.png"');
    expect(test.meter.reservations.at(-1)).toMatchObject({
      model: "film",
      pieces: { images: 0, videoSeconds: 8 },
      maxOutputTokens: 0,
    });
    expect(test.meter.settlements.at(-1)).toMatchObject({
      operation: "videos",
      outcome: "completed",
      upstreamId: "video_up",
      usage: { counts: { ...noUsage, videoSeconds: 8 }, source: "reported" },
    });
    expect([...test.videos.jobs.values()].at(-1)).toMatchObject({
      id: data.id,
      accountId: "user_1",
      requestId: test.meter.settlements.at(-1)?.requestId,
      deployment: "dep_film_0",
      upstreamId: "video_up",
      model: "film",
    });
  });

  it("may also be made by JSON", async () => {
    test.upstream.plan(jsonAnswer(film));
    const answer = await test.post("/v1/videos", { model: "film", prompt: "Waves", more: 1 });
    expect(await answer.json()).toMatchObject({ object: "video", model: "film" });
    expect(lastAsked()?.body).toEqual({ model: "sora-2", prompt: "Waves", more: 1 });
    expect(test.meter.reservations.at(-1)?.pieces.videoSeconds).toBe(4);
  });

  it.each([
    ["breaks off", { steps: [{ reset: true }] } satisfies FakeAnswer, 502],
    ["fails", jsonAnswer({ error: { message: "Oops." } }, 500), 502],
    ["takes too long", jsonAnswer({ error: { message: "Late." } }, 504), 504],
  ])("is not made again when the provider %s, not even by the SDK", async (_, answer, status) => {
    const before = test.upstream.requests.length;
    test.upstream.plan(answer);
    const ordered = test.client({ maxRetries: 2 }).videos.create({ model: "twice", prompt: "Waves" });
    await expect(ordered).rejects.toMatchObject({ status });
    expect(test.upstream.requests).toHaveLength(before + 1);
    expect(test.meter.settlements.at(-1)).toMatchObject({ outcome: "failed", usage: { counts: noUsage } });
  });

  it("goes to another deployment when the first one has not begun, and is looked for there", async () => {
    test.upstream.plan(jsonAnswer({ error: { message: "Full." } }, 503), jsonAnswer(film));
    const { id } = await client.videos.create({ model: "twice", prompt: "Waves" });
    expect(lastAsked()?.path).toBe("/second/v1/videos");
    test.upstream.plan(inState("in_progress"));
    await client.videos.retrieve(id);
    expect(lastAsked()?.path).toBe("/second/v1/videos/video_up");
  });

  it("has failed and costs nothing when it cannot be remembered, and the log says what was ordered", async () => {
    test.videos.failSave = new Error("the disk is full");
    test.upstream.plan(jsonAnswer(film));
    const ordered = test.client({ maxRetries: 2 }).videos.create({ model: "film", prompt: "Waves" });
    await expect(ordered).rejects.toMatchObject({ status: 500, code: "internal_error" });
    expect(test.meter.settlements.at(-1)).toMatchObject({ outcome: "failed", usage: { counts: noUsage } });
    expect(test.log).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ upstreamId: "video_up" }) }),
    );
  });

  it("is taken to its end, remembered and billed when its client goes away", async () => {
    const answered = Promise.withResolvers<void>();
    test.upstream.plan({ ...jsonAnswer(film), after: answered.promise });
    const before = test.upstream.requests.length;
    const settledBefore = test.meter.settlements.length;
    const gone = test.nextDeparture();
    const abort = new AbortController();
    const ordered = client.videos.create({ model: "film", prompt: "Waves" }, { signal: abort.signal });
    await expect.poll(() => test.upstream.requests.length).toBe(before + 1);
    abort.abort();
    await expect(ordered).rejects.toBeInstanceOf(APIUserAbortError);
    await gone;
    answered.resolve();
    await expect.poll(() => test.meter.settlements.length).toBe(settledBefore + 1);
    expect(test.meter.settlements.at(-1)).toMatchObject({
      outcome: "aborted",
      disconnect: "drain",
      usage: { counts: { videoSeconds: 8 }, source: "reported" },
    });
    const { requestId } = test.meter.settlements.at(-1) ?? {};
    expect([...test.videos.jobs.values()].map((job) => job.requestId)).toContain(requestId);
  });

  it("is refused to a credential with locked parameters, and at providers that make none", async () => {
    const before = test.upstream.requests.length;
    const locked = test.client({ apiKey: "locked" }).videos.create({ prompt: "Waves", model: "film" });
    await expect(locked).rejects.toMatchObject({ status: 400, code: "locked_parameter" });
    const writer = client.videos.create({ model: "writer", prompt: "Waves" });
    await expect(writer).rejects.toMatchObject({ status: 400, code: "unsupported_operation" });
    expect(test.upstream.requests).toHaveLength(before);
  });
});

describe("a video that was ordered", () => {
  it("is looked at under the caller's names until it is ready", async () => {
    const id = await order();
    test.upstream.plan(inState("in_progress", { progress: 40 }), inState("completed", { progress: 100 }));
    expect(await client.videos.retrieve(id)).toEqual({
      ...film,
      id,
      model: "film",
      status: "in_progress",
      progress: 40,
    });
    expect(await client.videos.retrieve(id)).toMatchObject({ id, status: "completed", progress: 100 });
    expect(lastAsked()).toMatchObject({ method: "GET", path: "/v1/videos/video_up" });
    expect(lastAsked()?.headers).toMatchObject({ authorization: "Bearer worker-token" });
    expect(test.videos.givenBack).toEqual([]);
  });

  it("is not there for anybody else, nor for a credential that may not use its model", async () => {
    const id = await order();
    const before = test.upstream.requests.length;
    const stranger = test.client({ apiKey: "stranger" }).videos;
    for (const ask of [stranger.retrieve(id), stranger.downloadContent(id), stranger.delete(id)]) {
      await expect(ask).rejects.toMatchObject({ status: 404, code: "video_not_found" });
    }
    await expect(client.videos.retrieve("video_up")).rejects.toBeInstanceOf(NotFoundError);
    const narrow = test.client({ apiKey: "narrow" }).videos.retrieve(id);
    await expect(narrow).rejects.toMatchObject({ status: 403, code: "model_not_allowed" });
    expect(test.upstream.requests).toHaveLength(before);
  });

  it("is given back when it failed, and described also when that is not possible", async () => {
    const id = await order();
    const { requestId } = test.meter.settlements.at(-1) ?? {};
    const failed = inState("failed", { error: { code: "moderation_blocked", message: "No." } });
    test.upstream.plan(failed, failed);
    expect((await client.videos.retrieve(id)).error).toEqual({ code: "moderation_blocked", message: "No." });
    expect(test.videos.givenBack).toEqual([requestId]);
    test.videos.failGiveBack = new Error("the database is away");
    expect((await client.videos.retrieve(id)).status).toBe("failed");
    expect(test.log).toContainEqual(
      expect.objectContaining({ level: "error", fields: expect.objectContaining({ videoId: id }) }),
    );
  });

  it("is gone when its provider has it no more, and unavailable when nobody can be asked", async () => {
    const id = await order();
    test.upstream.plan(jsonAnswer({ error: { message: "Video with id 'video_up' not found." } }, 404));
    const gone = client.videos.retrieve(id);
    await expect(gone).rejects.toMatchObject({ status: 404, message: expect.stringContaining(`'${id}' not found`) });
    const job = [...test.videos.jobs.values()].at(-1);
    if (job !== undefined) await test.videos.save({ ...job, deployment: "dep_removed" });
    await expect(client.videos.retrieve(id)).rejects.toMatchObject({ status: 503, code: "model_unavailable" });
  });

  it("is deleted at its provider, and forgotten", async () => {
    const id = await order();
    test.upstream.plan(inState("completed"), jsonAnswer({ id: "video_up", object: "video.deleted", deleted: true }));
    expect(await client.videos.delete(id)).toEqual({ id, object: "video.deleted", deleted: true });
    expect(lastAsked()).toMatchObject({ method: "DELETE", path: "/v1/videos/video_up" });
    await expect(client.videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it("is deleted also when its provider has it no more, and given back before when it failed", async () => {
    const [first, second] = [await order(), await order()];
    const given = test.videos.givenBack.length;
    const gone = jsonAnswer({ error: { message: "Gone." } }, 404);
    test.upstream.plan(gone, inState("failed"), gone);
    expect((await client.videos.delete(first)).deleted).toBe(true);
    expect((await client.videos.delete(second)).deleted).toBe(true);
    expect(test.videos.givenBack).toHaveLength(given + 1);
  });

  it("is not forgotten when its provider does not delete it", async () => {
    const id = await order();
    test.upstream.plan(inState("completed"), jsonAnswer({ error: { message: "Oops." } }, 500), inState("completed"));
    await expect(client.videos.delete(id)).rejects.toMatchObject({ status: 502 });
    expect((await client.videos.retrieve(id)).status).toBe("completed");
  });
});
