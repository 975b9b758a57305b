import { describe, expect, it } from "vitest";
import { encodeText } from "../../json.ts";
import { noBounds, type LockedParameters } from "../../ports.ts";
import { imageCall, imageFormCall } from "../../testing/image-call.ts";
import { readForm } from "../form.ts";
import { readCall } from "../read-call.ts";

const locked = (locks: LockedParameters) => ({ ...noBounds, locked: locks });

describe("a request for new pictures", () => {
  it.each([
    [{}, 1, 6_240, false],
    [{ n: 3 }, 3, 18_720, false],
    [{ n: null, quality: null }, 1, 6_240, false],
    [{ quality: "low", n: 2 }, 2, 816, false],
    [{ quality: "medium" }, 1, 1_584, false],
    [{ quality: "hd" }, 1, 6_240, false],
    [{ quality: "low", stream: true, partial_images: 2 }, 1, 608, true],
  ])("%j holds %i pictures and %i tokens", (body, images, maxOutputTokens, stream) => {
    expect(imageCall(body)).toMatchObject({
      model: "m",
      pieces: { images, videoSeconds: 0 },
      answers: images,
      maxOutputTokens,
      stream,
      estimatedInputTokens: 3,
      files: [],
    });
  });

  it.each([
    [{ n: 0 }, "n"],
    [{ n: 11 }, "n"],
    [{ n: "2" }, "n"],
    [{ prompt: "" }, "prompt"],
    [{ prompt: null }, "prompt"],
    [{ model: "" }, "model"],
    [{ partial_images: 4 }, "partial_images"],
    [{ response_format: "jpeg" }, "response_format"],
  ])("refuses %j by its field", (body, param) => {
    expect(() => imageCall(body)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe("a form for changed pictures", () => {
  it("is read from its texts, and keeps its own bytes", async () => {
    const fields = { prompt: "Greener", n: "2", quality: "low", stream: "true", partial_images: "1", style: "x" };
    const call = await imageFormCall(fields, { files: ["image[]", "image[]", "mask"] });
    expect(call).toMatchObject({
      endpoint: "images/edits",
      dialect: "openai",
      pieces: { images: 2, videoSeconds: 0 },
      maxOutputTokens: 916,
      stream: true,
      estimatedInputTokens: 3_002,
      body: { ...fields, model: "m" },
    });
    expect(call.files.map(({ field }) => field)).toEqual(["image[]", "image[]", "mask"]);
    expect((await readForm(call.bytes, call.contentType)).fields).toEqual({ ...fields, model: "m" });
  });

  it.each([
    [{ prompt: "x", n: "two" }, "n"],
    [{ prompt: "x", n: "0" }, "n"],
    [{ prompt: "x", stream: "yes" }, "stream"],
    [{ prompt: "" }, "prompt"],
    [{}, "prompt"],
    [{ prompt: "x", model: "" }, "model"],
  ])("with %j is refused by its field", async (fields, param) => {
    await expect(imageFormCall(fields)).rejects.toMatchObject({ status: 400, param });
  });

  it("without a picture is refused, under each of the names that pictures have", async () => {
    await expect(imageFormCall({ prompt: "x" }, { files: ["mask"] })).rejects.toMatchObject({ param: "image" });
    for (const field of ["image", "image[]", "image[0]"]) {
      expect((await imageFormCall({ prompt: "x" }, { files: [field] })).files).toHaveLength(1);
    }
  });

  it("for a variation needs no words", async () => {
    expect((await imageFormCall({}, { endpoint: "images/variations" })).pieces.images).toBe(1);
  });

  it("that names its model twice is refused, so that the provider sees no other than the one that was checked", async () => {
    const form = new FormData();
    for (const model of ["cheap", "dear"]) form.append("model", model);
    form.append("prompt", "x");
    form.append("image", new File(["x"], "a.png"));
    const response = new Response(form);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const read = await readForm(bytes, response.headers.get("content-type") ?? "");
    const reading = () =>
      readCall({ endpoint: "images/edits", bytes, form: read, maxDepth: 9, bounds: noBounds, header: () => undefined });
    expect(reading).toThrow(expect.objectContaining({ status: 400, param: "model" }));
  });
});

describe("a credential that is bound", () => {
  it("fills in its model and sends a body of its own, in JSON and in a form", async () => {
    const bounds = locked({ model: "fixed" });
    const call = imageCall({ model: undefined }, bounds);
    expect(call.model).toBe("fixed");
    expect(JSON.parse(new TextDecoder().decode(call.bytes))).toEqual({ model: "fixed", prompt: "A green tree" });
    const edit = await imageFormCall({ model: "fixed", prompt: "x" }, { bounds });
    const { fields, files } = await readForm(edit.bytes, edit.contentType);
    expect(fields).toEqual({ model: "fixed", prompt: "x" });
    expect(files).toEqual(edit.files);
  });

  it.each([
    [{ model: "fixed" }, { model: "other" }, "model"],
    [{ model: "m" }, { svg: { model: "other" } }, "svg"],
    [{ temperature: 0 }, {}, "temperature"],
    [{ max_tokens: 10 }, {}, "max_tokens"],
    [{ system: "Be brief." }, {}, "prompt"],
  ])("with %j refuses %j", (locks, body, param) => {
    expect(() => imageCall(body, locked(locks))).toThrow(expect.objectContaining({ code: "locked_parameter", param }));
  });

  it("refuses another model in a form too", async () => {
    const call = imageFormCall({ model: "other", prompt: "x" }, { bounds: locked({ model: "fixed" }) });
    await expect(call).rejects.toMatchObject({ code: "locked_parameter", param: "model" });
    const hidden = imageFormCall({ "svg[model]": "other", prompt: "x" }, { bounds: locked({ model: "m" }) });
    await expect(hidden).rejects.toMatchObject({ code: "locked_parameter", param: "svg[model]" });
  });

  it("with models that it may use sends what was looked at", () => {
    const bytes = encodeText('{"model":"cheap","model":"m","prompt":"x"}');
    const bounds = { ...noBounds, allowedModels: ["m"] };
    const call = readCall({ endpoint: "images/generations", bytes, maxDepth: 9, bounds, header: () => undefined });
    expect(new TextDecoder().decode(call.bytes)).toBe('{"model":"m","prompt":"x"}');
  });
});
