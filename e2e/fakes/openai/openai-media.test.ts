import OpenAI, { BadRequestError, NotFoundError, toFile } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { mp4Bytes, pngBytes } from "../media.ts";
import { startFakeOpenAi } from "./openai.ts";

let fake: FakeProvider;
let client: OpenAI;

beforeAll(async () => {
  fake = await startFakeOpenAi();
  client = new OpenAI({ apiKey: fake.apiKey, baseURL: `${fake.origin}/v1`, maxRetries: 0 });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const lastCall = () => lastEndedCall(fake);
const picture = () => toFile(pngBytes, "a.png", { type: "image/png" });

describe("embeddings of the fake, by the official SDK", () => {
  it("are vectors of length one, the same as numbers and as base64", async () => {
    const model = "text-embedding-3-small";
    const packed = await client.embeddings.create({ model, input: ["one two", "three"], dimensions: 8 });
    const plain = await client.embeddings.create({
      model,
      input: ["one two", "three"],
      dimensions: 8,
      encoding_format: "float",
    });
    expect(packed.data.map(({ embedding }) => [...embedding])).toEqual(plain.data.map(({ embedding }) => embedding));
    expect(Math.hypot(...(plain.data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(plain.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    expect(lastCall()).toMatchObject({ usage: { inputUncached: 3 }, usageReported: true });
    expect((await client.embeddings.create({ model, input: [1, 2, 3, 4] })).usage.prompt_tokens).toBe(4);
    await expect(client.embeddings.create({ model, input: "a", dimensions: 4000 })).rejects.toBeInstanceOf(
      BadRequestError,
    );
    await expect(client.embeddings.create({ model, input: "" })).rejects.toBeInstanceOf(BadRequestError);
  });
});

describe("pictures of the fake, by the official SDK", () => {
  it("cost tokens, whole, streamed and edited", async () => {
    const whole = await client.images.generate({ model: "gpt-image-1", prompt: "a red house", quality: "low", n: 2 });
    expect(whole.data).toHaveLength(2);
    expect(whole.usage).toMatchObject({ input_tokens: 3, output_tokens: 544 });
    expect(lastCall().usage).toMatchObject({ inputUncached: 3, outputImage: 544, images: 2 });
    const events = await Array.fromAsync(
      await client.images.generate({
        model: "gpt-image-1",
        prompt: "a",
        quality: "low",
        stream: true,
        partial_images: 2,
      }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    expect(lastCall()).toMatchObject({ stream: true, usage: { outputImage: 472 }, usageReported: true });
    fake.plan({ truncate: { afterEvents: 1 } });
    const broken = client.images.generate({
      model: "gpt-image-1",
      prompt: "a",
      quality: "low",
      stream: true,
      partial_images: 2,
    });
    await expect(broken.then((stream) => Array.fromAsync(stream))).rejects.toThrow(/terminated/);
    expect(lastCall()).toMatchObject({
      outcome: "fault",
      written: { image: 100 },
      usage: { inputUncached: 1, outputImage: 100 },
    });
    const edited = await client.images.edit({
      model: "gpt-image-1",
      image: [await picture(), await picture()],
      mask: await picture(),
      prompt: "blue",
      quality: "low",
    });
    expect(edited.usage?.input_tokens_details).toEqual({ image_tokens: 300, text_tokens: 1 });
    expect(lastCall()).toMatchObject({ model: "gpt-image-1", path: "/v1/images/edits" });
    const drawn = await Array.fromAsync(
      await client.images.edit({ model: "gpt-image-1", image: await picture(), prompt: "blue", stream: true }),
    );
    expect(drawn.at(-1)).toMatchObject({ type: "image_edit.completed" });
  });

  it("are billed by the piece from the older models, which point to them", async () => {
    const [first] = (await client.images.generate({ model: "dall-e-3", prompt: "a" })).data ?? [];
    const bytes = await (await fetch(first?.url ?? "")).bytes();
    expect(bytes).toEqual(pngBytes);
    const varied = await client.images.createVariation({
      model: "dall-e-2",
      image: await picture(),
      n: 3,
      response_format: "b64_json",
    });
    expect(varied.data).toHaveLength(3);
    expect(lastCall()).toMatchObject({ usage: { images: 3, outputImage: 0 }, usageReported: false });
  });

  it("are refused as by the API", async () => {
    const refuses = (params: OpenAI.ImageGenerateParamsNonStreaming, error: object) =>
      expect(client.images.generate(params)).rejects.toMatchObject(error);
    await refuses(
      { model: "gpt-image-1", prompt: "a", response_format: "url" },
      { code: "unknown_parameter", param: "response_format" },
    );
    await refuses({ model: "gpt-image-1", prompt: "[[fake: refusal]]" }, { code: "moderation_blocked" });
    await refuses({ model: "dall-e-3", prompt: "a", n: 2 }, { status: 400 });
  });
});

describe("videos of the fake, by the official SDK", () => {
  it("are queued, made and fetched", async () => {
    const job = await client.videos.create({ model: "sora-2", prompt: "waves", seconds: "8" });
    expect(job).toMatchObject({ status: "queued", seconds: "8" });
    expect(lastCall().usage.videoSeconds).toBe(8);
    await expect(client.videos.downloadContent(job.id)).rejects.toBeInstanceOf(NotFoundError);
    expect((await client.videos.retrieve(job.id)).status).toBe("in_progress");
    expect(await client.videos.retrieve(job.id)).toMatchObject({ status: "completed", progress: 100 });
    const content = await client.videos.downloadContent(job.id);
    expect(content.headers.get("content-type")).toBe("video/mp4");
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(mp4Bytes);
    expect(await Array.fromAsync(client.videos.list(), ({ id }) => id)).toContain(job.id);
    await client.videos.delete(job.id);
    await expect(client.videos.retrieve(job.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it("take a picture to begin with, and fail without a bill", async () => {
    const job = await client.videos.create({
      prompt: "[[fake: failure moderation_blocked]]",
      input_reference: await picture(),
    });
    expect(lastCall().usage.videoSeconds).toBe(0);
    await client.videos.retrieve(job.id);
    expect(await client.videos.retrieve(job.id)).toMatchObject({
      status: "failed",
      error: { code: "moderation_blocked" },
    });
  });
});
