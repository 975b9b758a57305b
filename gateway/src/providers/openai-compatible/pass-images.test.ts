import { describe, expect, it } from "vitest";
import { invalidRequest } from "../../errors.ts";
import { decodeText, encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { readForm } from "../../receive/form.ts";
import { piecesOf, routeFor, translationArgs } from "../../testing/chat-translation.ts";
import { imageCall, imageFormCall, pngBytes } from "../../testing/image-call.ts";
import type { Call } from "../../receive/call.ts";
import { passImagesThrough } from "./pass-images.ts";

const translated = (call: Call, model = "gpt-image-1") =>
  passImagesThrough(translationArgs(call, routeFor("openai", model)));

const tokens = {
  input_tokens: 60,
  input_tokens_details: { image_tokens: 40, text_tokens: 20 },
  output_tokens: 1_056,
  total_tokens: 1_116,
};

describe("the request", () => {
  it("keeps the client's own bytes where the model is named alike", async () => {
    const call = imageCall();
    expect(translated(call, "m").request).toMatchObject({
      path: "/v1/images/generations",
      headers: { "content-type": "application/json" },
    });
    expect(translated(call, "m").request.body).toBe(call.bytes);
    const edit = await imageFormCall({ prompt: "Greener" });
    expect(translated(edit, "m").request.body).toBe(edit.bytes);
    expect(translated(edit, "m").request.headers["content-type"]).toBe(edit.contentType);
  });

  it("renames the model in JSON, and leaves unknown fields", () => {
    const { body } = translated(imageCall({ n: 2, something_new: 1 })).request;
    expect(JSON.parse(decodeText(body ?? new Uint8Array(0)))).toEqual({
      model: "gpt-image-1",
      prompt: "A green tree",
      n: 2,
      something_new: 1,
    });
  });

  it.each(["images/edits", "images/variations"] as const)("renames the model in the form of %s", async (endpoint) => {
    const call = await imageFormCall({ prompt: "Greener", n: "2" }, { endpoint, files: ["image"] });
    const { path, headers, body } = translated(call).request;
    expect(path).toBe(`/v1/${endpoint}`);
    const form = await readForm(body ?? new Uint8Array(0), headers["content-type"]);
    expect(form.fields).toEqual({ model: "gpt-image-1", prompt: "Greener", n: "2" });
    expect(form.files).toEqual([{ field: "image", name: "image.png", mediaType: "image/png", data: pngBytes }]);
  });

  it("refuses a further model, whose part would be on no bill", async () => {
    const refusal = { status: 400, code: "unsupported_parameter" };
    expect(() => translated(imageCall({ svg: { model: "dear" } }))).toThrow(
      expect.objectContaining({ ...refusal, param: "svg" }),
    );
    const call = await imageFormCall({ prompt: "x", "svg[model]": "dear" });
    expect(() => translated(call)).toThrow(expect.objectContaining({ ...refusal, param: "svg[model]" }));
  });
});

describe("the whole answer", () => {
  const read = (answer: unknown) => translated(imageCall()).readAnswer(encodeJson(answer), {});

  it("is passed on as it is, billed by tokens where they are reported", () => {
    const answer = { created: 1, data: [{ b64_json: "AAAA" }], usage: tokens };
    const { bytes, usage } = read(answer);
    expect(JSON.parse(decodeText(bytes))).toEqual(answer);
    expect(usage).toEqual({
      counts: { ...noUsage, inputUncached: 20, inputImage: 40, outputImage: 1_056 },
      source: "reported",
    });
  });

  it("tells words from pictures in the output where it is said", () => {
    const usage = { ...tokens, output_tokens_details: { image_tokens: 1_000, text_tokens: 56 } };
    expect(read({ data: [], usage }).usage.counts).toMatchObject({ outputText: 56, outputImage: 1_000 });
  });

  it("is billed by the picture where no tokens are reported", () => {
    const data = [{ url: "https://a.test/1" }, { url: "https://a.test/2" }];
    expect(read({ created: 1, data }).usage).toEqual({ counts: { ...noUsage, images: 2 }, source: "reported" });
    expect(read({ created: 1, data: [] }).usage.counts).toEqual(noUsage);
  });

  it.each([
    ["no JSON", "<h1>oops</h1>"],
    ["no pictures", "{}"],
  ])("edge case 22: is refused with %s", (_what, text) => {
    expect(() => translated(imageCall()).readAnswer(encodeText(text), {})).toThrow(
      expect.objectContaining({ status: 502, code: "provider_invalid_answer" }),
    );
  });
});

const event = (value: JsonObject): string => `event: ${String(value["type"])}\ndata: ${JSON.stringify(value)}\n\n`;
const partial = (index: number): JsonObject => ({
  type: "image_generation.partial_image",
  b64_json: "AAAA",
  partial_image_index: index,
});
const completed: JsonObject = { type: "image_generation.completed", b64_json: "BBBB", usage: tokens };

const relay = (pieces: readonly Uint8Array[], maxEventBytes = 8_000_000) => {
  const args = { ...translationArgs(imageCall({ stream: true }), routeFor("openai", "gpt-image-1")), maxEventBytes };
  const translator = passImagesThrough(args).streamTranslator();
  const text = [...pieces.map((piece) => translator.push(piece)), translator.end()].map(decodeText).join("");
  return { text, translator };
};
const relayText = (...texts: string[]) => relay(texts.map(encodeText));

describe("the stream", () => {
  it("is passed on event by event, with the usage of the last", () => {
    const { text, translator } = relayText(event(partial(0)), event(partial(1)), event(completed));
    expect(text).toBe(event(partial(0)) + event(partial(1)) + event(completed));
    expect(translator.state()).toBe("done");
    expect(translator.usage()).toEqual({
      counts: { ...noUsage, inputUncached: 20, inputImage: 40, outputImage: 1_056 },
      source: "reported",
    });
    expect(translator.close()).toHaveLength(0);
  });

  it("edge case 09: takes the last usage where every event has one", () => {
    const early = { ...partial(0), usage: { ...tokens, output_tokens: 100 } };
    const { translator } = relayText(event(early), event(completed));
    expect(translator.usage().counts.outputImage).toBe(1_056);
  });

  it("is an estimate of what was sent when it breaks off after a partial picture", () => {
    const { translator } = relayText(event(partial(0)), event(partial(1)));
    expect(translator.state()).toBe("failed");
    expect(translator.error()).toMatchObject({ code: "provider_disconnected" });
    expect(translator.usage()).toEqual({
      counts: { ...noUsage, inputUncached: 3, outputImage: 200 },
      source: "partial",
    });
  });

  it("counts pictures where no tokens are reported, and nothing where nothing came", () => {
    const { translator } = relayText(event({ ...completed, usage: null }), "data: [DONE]\n\n");
    expect(translator.usage()).toEqual({
      counts: { ...noUsage, inputUncached: 3, images: 1 },
      source: "estimated",
    });
    expect(relayText().translator.usage().counts).toEqual(noUsage);
  });

  it("edge case 03: fails by an error event, and is told of it without a proper end", () => {
    const error = { type: "error", error: { message: "unsafe", type: "image_generation_user_error", code: "400" } };
    const { text, translator } = relayText(event(partial(0)), event(error));
    expect(text).toBe(event(partial(0)));
    expect(translator.state()).toBe("failed");
    expect(translator.error()?.message).toBe("unsafe");
    expect(decodeText(translator.fail(invalidRequest("unsafe")))).toMatch(/^data: \{"error":/);
  });

  it("edge case 12: takes a picture of megabytes in one line, split anywhere, and none beyond the limit", () => {
    const huge = event({ ...completed, b64_json: "A".repeat(3_000_000) });
    const pieces = piecesOf(encodeText(huge), 65_536);
    expect(relay(pieces, 4_000_000).text).toBe(huge);
    const { translator } = relay(pieces, 2_000_000);
    expect(translator.error()).toMatchObject({ code: "provider_invalid_answer" });
  });

  it("edge case 11: reads the same wherever the bytes are split, with carriage returns and comments", () => {
    const source = encodeText(`: wait\r\n\r\n${(event(partial(0)) + event(completed)).replaceAll("\n", "\r\n")}`);
    const expected = event(partial(0)) + event(completed);
    for (let split = 0; split <= source.length; split += 1) {
      expect(relay([source.subarray(0, split), source.subarray(split)]).text).toBe(expected);
    }
  });

  it("edge case 22: fails on an event that is not JSON", () => {
    expect(relayText("data: <h1>oops</h1>\n\n").translator.error()).toMatchObject({ code: "provider_invalid_answer" });
  });
});
