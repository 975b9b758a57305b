import { startTestGateway, type TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type { Adapter } from "@llm-tuner/gateway/ports.ts";
import type OpenAI from "openai";
import { BadRequestError, NotFoundError, toFile } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { startFakeGemini } from "./fakes/gemini/gemini.ts";
import { mp4Bytes, pngBytes } from "./fakes/media.ts";
import { startFakeOpenAi } from "./fakes/openai/openai.ts";

/*
 * OpenAI's SDK, unmodified, orders videos of OpenAI and of Google by the same calls. The fakes refuse what the providers refuse,
 * give the content to their own key alone, and their own counts are the oracle for what is metered.
 */

let gateway: TestGateway;
let client: OpenAI;
const fakes = new Map<string, FakeProvider>();

beforeAll(async () => {
  gateway = await startTestGateway();
  client = gateway.client();
  const offer = (adapter: Adapter, fake: FakeProvider, upstreamModel: string, header: Record<string, string>): void => {
    fakes.set(adapter, fake);
    const origin = new URL(fake.origin);
    const acquire = async () => ({ origin, headers: header, release: () => undefined });
    const route = gateway.routeTo(origin, { adapter, upstreamModel, acquire, deployment: `dep_${adapter}` });
    gateway.plans.set(`my ${adapter}`, { steps: [[{ route, weight: 1 }]] });
  };
  const openAi = await startFakeOpenAi();
  offer("openai", openAi, "sora-2", { authorization: `Bearer ${openAi.apiKey}` });
  const gemini = await startFakeGemini();
  offer("gemini", gemini, "veo-3.1-generate-preview", { "x-goog-api-key": gemini.apiKey });
});
afterEach(() => {
  for (const fake of fakes.values()) fake.clear();
});
afterAll(async () => {
  await gateway.close();
  for (const fake of fakes.values()) await fake.close();
});

const callsOf = (adapter: string) => fakes.get(adapter)?.calls() ?? [];
/** What the fake billed for its last call. */
const billedBy = (adapter: string) => {
  const call = callsOf(adapter).at(-1);
  if (call?.event !== "ended") throw new Error("the last call has not ended");
  return call.usage;
};
/** What the fake billed for its last call is what the gateway settled. */
const expectBilled = (adapter: string, videoSeconds: number): void => {
  const counts = billedBy(adapter);
  expect(counts.videoSeconds).toBe(videoSeconds);
  expect(gateway.meter.settlements.at(-1)).toMatchObject({
    outcome: "completed",
    operation: "videos",
    usage: { counts, source: "reported" },
  });
};

describe.each(["openai", "gemini"])("OpenAI's SDK with videos of %s", (adapter) => {
  const model = `my ${adapter}`;
  const order = (more: Partial<OpenAI.VideoCreateParams> = {}) =>
    client.videos.create({ model, prompt: "Waves at night", size: "1280x720", ...more });

  it("orders one, waits for it and downloads it", async () => {
    const ordered = await order({ seconds: "8" });
    expect(ordered).toMatchObject({
      object: "video",
      model,
      status: "queued",
      seconds: "8",
      size: "1280x720",
      error: null,
    });
    expectBilled(adapter, 8);
    await expect(client.videos.downloadContent(ordered.id)).rejects.toBeInstanceOf(NotFoundError);
    let video = await client.videos.retrieve(ordered.id);
    while (video.status === "in_progress") video = await client.videos.retrieve(ordered.id);
    expect(video).toMatchObject({ id: ordered.id, model, status: "completed", progress: 100, seconds: "8" });
    const content = await client.videos.downloadContent(ordered.id);
    expect(content.headers.get("content-type")).toBe("video/mp4");
    expect(await content.bytes()).toEqual(mp4Bytes);
    expect(gateway.videos.givenBack).toEqual([]);
  });

  it("orders four seconds unless it says more, and begins with a picture", async () => {
    const { seconds } = await order({ input_reference: await toFile(pngBytes, "first.png", { type: "image/png" }) });
    expect(seconds).toBe("4");
    expectBilled(adapter, 4);
  });

  it("hears of one that failed, for which nothing is billed in the end", async () => {
    const ordered = await order({ prompt: "[[fake: failure internal]]" });
    expect(billedBy(adapter).videoSeconds).toBe(0);
    const { requestId } = gateway.meter.settlements.at(-1) ?? {};
    let video = await client.videos.retrieve(ordered.id);
    while (video.status === "in_progress") video = await client.videos.retrieve(ordered.id);
    expect(video).toMatchObject({ status: "failed", error: { message: expect.stringContaining("told to fail") } });
    expect(gateway.videos.givenBack.splice(0)).toEqual([requestId]);
  });

  it("hears of what the provider refuses, and of its limits, without a second order", async () => {
    await expect(order({ prompt: "" })).rejects.toBeInstanceOf(BadRequestError);
    const before = callsOf(adapter).length;
    await expect(order({ prompt: "[[fake: error 500]]" })).rejects.toMatchObject({ status: 502 });
    expect(callsOf(adapter)).toHaveLength(before + 1);
  });
});

describe("OpenAI's SDK", () => {
  it("hears that a withheld video of Google's is a failed one", async () => {
    const { id } = await client.videos.create({ model: "my gemini", prompt: "[[fake: refusal Unsafe.]]" });
    await client.videos.retrieve(id);
    const video = await client.videos.retrieve(id);
    expect(video).toMatchObject({ status: "failed", error: { code: "moderation_blocked", message: "Unsafe." } });
  });

  it("hears, when it is strict, that Google makes no videos of OpenAI's larger sizes", async () => {
    const larger = { prompt: "Waves", size: "1792x1024" as const };
    const strict = { headers: { "x-gateway-strict": "true" } };
    await expect(client.videos.create({ ...larger, model: "my gemini" }, strict)).rejects.toMatchObject({
      param: "size",
    });
    expect((await client.videos.create({ ...larger, model: "my openai" }, strict)).size).toBe("1792x1024");
    const { data, response } = await client.videos.create({ ...larger, model: "my gemini" }).withResponse();
    expect([data.size, response.headers.get("x-gateway-warnings")]).toEqual(["1280x720", "size: sent as 1280x720"]);
  });

  it("deletes a video of OpenAI's, and none of Google's", async () => {
    const { id } = await client.videos.create({ model: "my openai", prompt: "Waves" });
    expect(await client.videos.delete(id)).toEqual({ id, object: "video.deleted", deleted: true });
    await expect(client.videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
    const other = await client.videos.create({ model: "my gemini", prompt: "Waves" });
    await expect(client.videos.delete(other.id)).rejects.toBeInstanceOf(BadRequestError);
    expect((await client.videos.retrieve(other.id)).status).toBe("in_progress");
  });

  it("gets a picture of a video of OpenAI's", async () => {
    const { id } = await client.videos.create({ model: "my openai", prompt: "Waves" });
    await client.videos.retrieve(id);
    await client.videos.retrieve(id);
    const picture = await client.videos.downloadContent(id, { variant: "thumbnail" });
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect(await picture.bytes()).toEqual(pngBytes);
  });
});
