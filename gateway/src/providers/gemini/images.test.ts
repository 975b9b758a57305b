import { describe, expect, it } from "vitest";
import { encodeJson, encodeText, decodeJsonObject, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { bodyOf, routeFor, translationArgs } from "../../testing/chat-translation.ts";
import { imageCall, imageFormCall } from "../../testing/image-call.ts";
import { images } from "./images.ts";

const imagen = "imagen-4.0-generate-001";
const drawing = "gemini-2.5-flash-image";

const translated = (call: Call, model: string) => {
  const args = translationArgs(call, routeFor("gemini", model));
  const translation = images(args);
  return {
    translation,
    path: translation.request.path,
    body: bodyOf(translation.request),
    warnings: args.notes.header(),
  };
};

const answered = (answer: unknown, model: string, more: JsonObject = {}) => {
  const { bytes, usage, facts } = translated(imageCall(more), model).translation.readAnswer(encodeJson(answer), {});
  return { body: decodeJsonObject(bytes), usage, facts };
};

describe("new pictures of Imagen", () => {
  it("are asked by their number and shape", () => {
    const { path, body, warnings } = translated(imageCall({ n: 2, size: "1792x1024", quality: "auto" }), imagen);
    expect(path).toBe(`/v1beta/models/${imagen}:predict`);
    expect(body).toEqual({
      instances: [{ prompt: "A green tree" }],
      parameters: { sampleCount: 2, includeRaiReason: true, aspectRatio: "16:9" },
    });
    expect(warnings).toBeUndefined();
  });

  it("are billed by the piece, those that were withheld left out", () => {
    const { body, usage } = answered(
      {
        predictions: [
          { bytesBase64Encoded: "AAAA", mimeType: "image/png" },
          { raiFilteredReason: "Unsafe." },
          { bytesBase64Encoded: "BBBB", mimeType: "image/png" },
        ],
      },
      imagen,
      { n: 3 },
    );
    expect(body).toEqual({
      created: 1_700_000_000,
      data: [{ b64_json: "AAAA" }, { b64_json: "BBBB" }],
      output_format: "png",
    });
    expect(usage).toEqual({ counts: { ...noUsage, images: 2 }, source: "reported" });
  });

  it.each([
    ["the reason", { predictions: [{ raiFilteredReason: "Unsafe." }] }, "Unsafe."],
    ["no word", {}, "withheld"],
  ])("that are all withheld with %s are a refusal", (_what, answer, message) => {
    expect(() => answered(answer, imagen)).toThrow(
      expect.objectContaining({ status: 400, code: "moderation_blocked", message: expect.stringContaining(message) }),
    );
  });

  it("refuse a picture to begin from, and more than four", async () => {
    const edit = await imageFormCall({ prompt: "Greener" });
    expect(() => translated(edit, imagen)).toThrow("changes no pictures");
    expect(() => translated(imageCall({ n: 5 }), imagen)).toThrow("at most 4");
  });
});

describe("pictures of a Gemini model that draws", () => {
  it("are asked in a conversation that may be answered by nothing else", () => {
    const { path, body } = translated(imageCall({ size: "1024x1536" }), drawing);
    expect(path).toBe(`/v1beta/models/${drawing}:generateContent`);
    expect(body).toEqual({
      contents: [{ role: "user", parts: [{ text: "A green tree" }] }],
      generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "2:3" } },
    });
  });

  it("begin from the pictures of a form", async () => {
    const call = await imageFormCall({ prompt: "Greener" }, { files: ["image[]", "image[]"] });
    const inlineData = { mimeType: "image/png", data: "iVBORw==" };
    expect(translated(call, drawing).body["contents"]).toEqual([
      { role: "user", parts: [{ inlineData }, { inlineData }, { text: "Greener" }] },
    ]);
  });

  it("are answered in OpenAI's words, with usage by tokens, sketches and words left out", () => {
    const { body, usage, facts } = answered(
      {
        candidates: [
          {
            content: {
              parts: [
                { inlineData: { mimeType: "image/png", data: "SKETCH" }, thought: true },
                { text: "Here it is." },
                { inlineData: { mimeType: "image/jpeg", data: "AAAA" } },
              ],
            },
            finishReason: "STOP",
          },
        ],
        usageMetadata: {
          promptTokenCount: 10,
          candidatesTokenCount: 1_300,
          candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
          thoughtsTokenCount: 5,
        },
        responseId: "resp1",
      },
      drawing,
    );
    expect(body).toEqual({
      created: 1_700_000_000,
      data: [{ b64_json: "AAAA" }],
      output_format: "jpeg",
      usage: {
        input_tokens: 10,
        input_tokens_details: { image_tokens: 0, text_tokens: 10 },
        output_tokens: 1_305,
        output_tokens_details: { image_tokens: 1_290, text_tokens: 15 },
        total_tokens: 1_315,
      },
    });
    expect(usage).toEqual({
      counts: { ...noUsage, inputUncached: 10, outputText: 10, outputImage: 1_290, outputReasoning: 5 },
      source: "reported",
    });
    expect(facts.upstreamId).toBe("resp1");
  });

  it("are taken for the output where Google does not say what it was", () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: "AAAA" } }];
    const answer = { candidates: [{ content: { parts } }] };
    const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 1_290 };
    expect(answered({ ...answer, usageMetadata }, drawing).usage.counts).toMatchObject({
      outputImage: 1_290,
      outputText: 0,
    });
    expect(answered(answer, drawing).usage).toEqual({
      counts: { ...noUsage, inputUncached: 3, images: 1 },
      source: "estimated",
    });
  });

  it.each([
    ["a blocked prompt", { promptFeedback: { blockReason: "SAFETY" } }, "blocked the prompt (SAFETY)"],
    ["a picture that was withheld", { candidates: [{ finishReason: "IMAGE_SAFETY" }] }, "did not draw the picture"],
    ["words instead", { candidates: [{ content: { parts: [{ text: "I would rather not." }] } }] }, "rather not"],
  ])("that are not there, for %s, are a refusal", (_what, answer, message) => {
    expect(() => answered(answer, drawing)).toThrow(
      expect.objectContaining({ status: 400, code: "moderation_blocked", message: expect.stringContaining(message) }),
    );
  });

  it("refuse a mask and a second picture", async () => {
    const masked = await imageFormCall({ prompt: "Greener" }, { files: ["image", "mask"] });
    expect(() => translated(masked, drawing)).toThrow(expect.objectContaining({ status: 400, param: "mask" }));
    expect(() => translated(imageCall({ n: 2 }), drawing)).toThrow(expect.objectContaining({ param: "n" }));
  });
});

describe("what Google has no word for", () => {
  it.each([
    [{ response_format: "url" }, "response_format"],
    [{ stream: true }, "stream"],
  ])("is refused where the answer would be another: %j", (body, param) => {
    for (const model of [imagen, drawing]) {
      expect(() => translated(imageCall(body), model)).toThrow(expect.objectContaining({ status: 400, param }));
    }
  });

  it("is named otherwise, unless it is the usual value", () => {
    const usual = { quality: "auto", background: "auto", response_format: "b64_json", stream: false, style: null };
    expect(translated(imageCall(usual), drawing).warnings).toBeUndefined();
    const { warnings } = translated(imageCall({ quality: "high", style: "vivid", output_format: "webp" }), drawing);
    expect(warnings).toMatch(/^quality: .*; style: .*; output_format: /);
  });

  it("edge case 22: is not taken for an answer", () => {
    for (const model of [imagen, drawing]) {
      expect(() => translated(imageCall(), model).translation.readAnswer(encodeText("<h1>"), {})).toThrow("not JSON");
    }
  });
});
