import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import { decodeJsonObject, encodeJson, type JsonObject } from "../../json.ts";
import { noBounds } from "../../ports.ts";
import { readCall } from "../../receive/read-call.ts";
import { embeddings } from "./embeddings.ts";
import { routeTo } from "./testing/requests.ts";

const translated = (body: JsonObject) => {
  const call = readCall({
    endpoint: "embeddings",
    bytes: encodeJson({ model: "vectors", ...body }),
    maxDepth: 10,
    bounds: noBounds,
    header: () => undefined,
  });
  const notes = new TranslationNotes({ strict: false });
  const args = {
    call,
    route: routeTo("gemini-embedding-001"),
    requestId: "req_1",
    createdAt: new Date(0),
    notes,
    memory: { recall: () => undefined, keep: () => undefined },
    media: new Map(),
    maxEventBytes: 1_000,
  };
  const translation = embeddings(args);
  const { path, body: sent } = translation.request;
  return {
    path,
    sent: decodeJsonObject(sent ?? new Uint8Array(0)),
    warnings: notes.header(),
    read: (answer: unknown) => {
      const { bytes, usage } = translation.readAnswer(encodeJson(answer), {});
      return { answer: decodeJsonObject(bytes), usage };
    },
  };
};

describe("embeddings of Gemini", () => {
  it("asks for all texts at once, by the provider's name of the model", () => {
    const { path, sent, warnings } = translated({ input: ["a", "b"], dimensions: 256 });
    expect(path).toBe("/v1beta/models/gemini-embedding-001:batchEmbedContents");
    const one = (text: string) => ({
      model: "models/gemini-embedding-001",
      content: { parts: [{ text }] },
      outputDimensionality: 256,
    });
    expect(sent).toEqual({ requests: [one("a"), one("b")] });
    expect(warnings).toBeUndefined();
  });

  it("answers in OpenAI's words, with the usage that was reported", () => {
    const { read } = translated({ input: "four" });
    const values = [0.5, -0.25];
    const { answer, usage } = read({ embeddings: [{ values }], usageMetadata: { promptTokenCount: 7 } });
    expect(answer).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: values }],
      model: "vectors",
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    expect(usage).toMatchObject({ counts: { inputUncached: 7 }, source: "reported" });
  });

  it("counts by the length of the text where Google reports nothing", () => {
    const { answer, usage } = translated({ input: "12345678" }).read({ embeddings: [{ values: [1] }] });
    expect(usage).toMatchObject({ counts: { inputUncached: 2 }, source: "estimated" });
    expect(answer?.["usage"]).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  });

  it("gives shortened vectors the length 1, as OpenAI's have it, and leaves others as they are", () => {
    const answer = { embeddings: [{ values: [3, 4] }] };
    expect(translated({ input: "a", dimensions: 2 }).read(answer).answer).toMatchObject({
      data: [{ embedding: [0.6, 0.8] }],
    });
    expect(translated({ input: "a" }).read(answer).answer).toMatchObject({ data: [{ embedding: [3, 4] }] });
    const nothing = { embeddings: [{ values: [0, 0] }] };
    expect(translated({ input: "a", dimensions: 2 }).read(nothing).answer).toMatchObject({
      data: [{ embedding: [0, 0] }],
    });
  });

  it("writes vectors as little-endian floats in base64 for clients that ask so", () => {
    const { read } = translated({ input: "a", encoding_format: "base64" });
    const { answer } = read({ embeddings: [{ values: [1, -2.5] }] });
    expect(answer).toMatchObject({ data: [{ embedding: "AACAPwAAIMA=" }] });
  });

  it.each([
    ["token ids", { input: [1, 2] }, "no token ids"],
    ["lists of token ids", { input: [[1], [2]] }, "no token ids"],
    ["more than 100 texts", { input: Array.from({ length: 101 }, () => "a") }, "at most 100 texts"],
  ])("refuses %s", (_what, body, why) => {
    expect(() => translated(body)).toThrow(why);
  });

  it("names what it cannot carry", () => {
    expect(translated({ input: "a", user: "u1", truncate: true }).warnings).toMatch(/^truncate: .*; user: /);
  });

  it.each([
    ["fewer vectors than texts", { embeddings: [{ values: [1] }] }],
    ["a vector without numbers", { embeddings: [{ values: [1] }, {}] }],
    ["nothing", {}],
  ])("refuses an answer with %s", (_what, answer) => {
    expect(() => translated({ input: ["a", "b"] }).read(answer)).toThrow(
      expect.objectContaining({ status: 502, code: "provider_invalid_answer" }),
    );
  });
});
