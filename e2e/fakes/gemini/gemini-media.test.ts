import { GenerateVideosOperation, GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { mp4Bytes } from "../media.ts";
import { startFakeGemini } from "./gemini.ts";

let fake: FakeProvider;
let client: GoogleGenAI;

beforeAll(async () => {
  fake = await startFakeGemini();
  client = new GoogleGenAI({ apiKey: fake.apiKey, httpOptions: { baseUrl: fake.origin } });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const lastCall = () => lastEndedCall(fake);
const post = async (path: string, body: unknown): Promise<unknown> => {
  const headers = { "x-goog-api-key": fake.apiKey };
  return (await fetch(`${fake.origin}/v1beta/${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
};

describe("embeddings of the fake", () => {
  it("are vectors of length one for each content, by the official SDK and alone", async () => {
    const config = { outputDimensionality: 8 };
    const answer = await client.models.embedContent({
      model: "gemini-embedding-001",
      contents: ["one two", "three"],
      config,
    });
    const [first, second] = answer.embeddings ?? [];
    expect(Math.hypot(...(first?.values ?? []))).toBeCloseTo(1, 5);
    expect(second?.values).not.toEqual(first?.values);
    expect(lastCall()).toMatchObject({
      path: expect.stringMatching(/gemini-embedding-001:batchEmbedContents$/),
      usage: { inputUncached: 3 },
    });
    const content = { parts: [{ text: "one two" }] };
    expect(await post("models/gemini-embedding-001:embedContent", { content, outputDimensionality: 8 })).toEqual({
      embedding: first,
      usageMetadata: { promptTokenCount: 2 },
    });
    expect(await post("models/gemini-embedding-001:embedContent", { content, foo: 1 })).toMatchObject({
      error: { status: "INVALID_ARGUMENT" },
    });
    expect(
      await post("models/gemini-embedding-001:batchEmbedContents", { requests: [{ model: "models/other", content }] }),
    ).toMatchObject({ error: { code: 400 } });
  });
});

// The SDK makes these calls for Vertex alone; for the Gemini API they are made by hand.
describe("pictures and videos of the fake", () => {
  const instances = [{ prompt: "a house" }];
  const model = "veo-3.1-generate-preview";

  it("draws by the piece, or says why not", async () => {
    const drawn = await post("models/imagen-4.0-generate-001:predict", { instances, parameters: { sampleCount: 2 } });
    expect(drawn).toEqual({ predictions: [expect.objectContaining({ mimeType: "image/png" }), expect.anything()] });
    expect(lastCall()).toMatchObject({ model: "imagen-4.0-generate-001", usage: { images: 2 } });
    const refused = { instances: [{ prompt: "[[fake: refusal Unsafe.]]" }], parameters: { includeRaiReason: true } };
    expect(await post("models/imagen-4.0-generate-001:predict", refused)).toEqual({
      predictions: [{ raiFilteredReason: "Unsafe." }],
    });
    expect(lastCall().usage.images).toBe(0);
    expect(await post("models/imagen-4.0-generate-001:predict", { instances: [] })).toMatchObject({
      error: { code: 400 },
    });
    expect(await post("models/gemini-2.5-flash:predict", { instances })).toMatchObject({ error: { code: 404 } });
  });

  it("makes a video, which the SDK waits for, and hands it out to the key alone", async () => {
    const begun = await post(`models/${model}:predictLongRunning`, { instances, parameters: { durationSeconds: 6 } });
    expect(lastCall().usage.videoSeconds).toBe(6);
    let operation = Object.assign(new GenerateVideosOperation(), begun);
    operation = await client.operations.getVideosOperation({ operation });
    expect(operation.done).toBeFalsy();
    operation = await client.operations.getVideosOperation({ operation });
    const uri = operation.response?.generatedVideos?.[0]?.video?.uri ?? "";
    expect(operation.done).toBe(true);
    const bytes = await (await fetch(uri, { headers: { "x-goog-api-key": fake.apiKey } })).bytes();
    expect(bytes).toEqual(mp4Bytes);
    expect((await fetch(uri)).status).toBe(403);
  });

  it("fails and filters without a bill", async () => {
    const finished = async (prompt: string) => {
      const begun = await post(`models/${model}:predictLongRunning`, { instances: [{ prompt }] });
      expect(lastCall().usage.videoSeconds).toBe(0);
      const operation = Object.assign(new GenerateVideosOperation(), begun);
      await client.operations.getVideosOperation({ operation });
      return client.operations.getVideosOperation({ operation });
    };
    expect((await finished("[[fake: failure internal]]")).error).toMatchObject({ code: 13 });
    expect((await finished("[[fake: refusal Unsafe.]]")).response).toMatchObject({
      raiMediaFilteredReasons: ["Unsafe."],
    });
    expect(
      await post(`models/${model}:predictLongRunning`, { instances, parameters: { durationSeconds: 99 } }),
    ).toMatchObject({ error: { code: 400 } });
  });
});
