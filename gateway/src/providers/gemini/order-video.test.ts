import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import { decodeText, encodeJson } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { routeAt, translationArgs } from "../../testing/translation-args.ts";
import { videoCall, videoFormCall } from "../../testing/video-call.ts";
import { orderVideo } from "./order-video.ts";

const order = (call: Call, strict = false) => {
  const notes = new TranslationNotes({ strict });
  const { request, readAnswer } = orderVideo({ ...translationArgs(call, routeAt("gemini", "veo-3.0")), notes });
  const body: unknown = JSON.parse(decodeText(request.body ?? new Uint8Array()));
  return { request, body, warnings: notes.header(), read: (answer: unknown) => readAnswer(encodeJson(answer), {}) };
};
const refusalOf = (fields: object) => {
  try {
    return order(videoCall({ ...fields }));
  } catch (error) {
    return error;
  }
};
const first = { bytesBase64Encoded: "iVBORw==", mimeType: "image/png" };

describe("one of OpenAI's films ordered of Veo", () => {
  it("is asked for with its length and shape, which are Google's usual ones unless they are said", () => {
    const { request, body, warnings } = order(videoCall());
    expect(request).toMatchObject({ method: "POST", path: "/v1beta/models/veo-3.0:predictLongRunning" });
    expect(body).toEqual({
      instances: [{ prompt: "Waves" }],
      parameters: { durationSeconds: 4, aspectRatio: "16:9" },
    });
    expect(warnings).toBeUndefined();
  });

  it.each([
    ["1280x720", { aspectRatio: "16:9" }, undefined],
    ["720x1280", { aspectRatio: "9:16" }, undefined],
    ["1920x1080", { aspectRatio: "16:9", resolution: "1080p" }, undefined],
    ["1080x1920", { aspectRatio: "9:16", resolution: "1080p" }, undefined],
    ["1792x1024", { aspectRatio: "16:9" }, "size: sent as 1280x720"],
    ["1024x1792", { aspectRatio: "9:16" }, "size: sent as 720x1280"],
  ])("of the size %s becomes %j", (size, shape, told) => {
    const { body, warnings } = order(videoCall({ size, seconds: "8" }));
    expect(body).toMatchObject({ parameters: { durationSeconds: 8, ...shape } });
    expect(warnings).toBe(told);
  });

  it("begins with a picture: a file of the form, or one by its data URL in either way to name it", async () => {
    const file = await videoFormCall({}, { files: { input_reference: "image/png" } });
    const url = "data:image/png;base64,iVBORw==";
    const named = videoCall({ input_reference: { image_url: url } });
    const inForm = await videoFormCall({ "input_reference[image_url]": url });
    for (const call of [file, named, inForm]) {
      expect(order(call).body).toMatchObject({ instances: [{ prompt: "Waves", image: first }] });
    }
  });

  it.each([
    [{ input_reference: { image_url: "https://a.test/a.png" } }, "input_reference"],
    [{ input_reference: { file_id: "file-1" } }, "input_reference"],
    [{ input_reference: { image_url: "data:video/mp4;base64,AAAA" } }, "input_reference"],
    [{ size: "720x720" }, "size"],
    [{ size: "large" }, "size"],
    [{ size: 7 }, "size"],
  ])("is refused with %j", (fields, param) => {
    expect(refusalOf(fields)).toMatchObject({ status: 400, code: "unsupported_parameter", param });
  });

  it("is refused with more than one picture, a film to begin with, or a file of another name", async () => {
    const both = await videoFormCall(
      { "input_reference[image_url]": "data:image/png;base64,AAAA" },
      { files: { input_reference: "image/png" } },
    );
    const film = await videoFormCall({}, { files: { input_reference: "video/mp4" } });
    const other = await videoFormCall({}, { files: { last_frame: "image/png" } });
    expect(() => order(both)).toThrow(expect.objectContaining({ param: "input_reference" }));
    expect(() => order(film)).toThrow(expect.objectContaining({ param: "input_reference" }));
    expect(() => order(other)).toThrow(expect.objectContaining({ param: "last_frame" }));
  });

  it("tells what it could not carry, and refuses that to a strict caller", () => {
    const call = videoCall({ style: "noir", nothing: null });
    expect(order(call).warnings).toBe("style: Veo has nothing like it");
    expect(() => order(call, true)).toThrow(expect.objectContaining({ param: "style" }));
  });

  it("is answered in OpenAI's words, and billed by the length that was ordered", () => {
    const name = "models/veo-3.0/operations/abc-1";
    const { bytes, usage, facts } = order(videoCall({ seconds: 8, size: "720x1280" })).read({ name });
    expect(JSON.parse(decodeText(bytes))).toEqual({
      id: name,
      object: "video",
      created_at: 0,
      completed_at: null,
      expires_at: null,
      error: null,
      model: "m",
      progress: 0,
      prompt: "Waves",
      remixed_from_video_id: null,
      seconds: "8",
      size: "720x1280",
      status: "queued",
    });
    expect(usage).toEqual({ counts: { ...noUsage, videoSeconds: 8 }, source: "reported" });
    expect(facts.upstreamId).toBe(name);
  });

  it.each([
    "",
    7,
    "models/veo",
    "operations/../secrets",
    "../operations/a",
    "operations/a?alt=media",
    "operations/a#b",
  ])("has failed when the answer names the operation %j", (name) => {
    expect(() => order(videoCall()).read({ name })).toThrow(expect.objectContaining({ status: 502 }));
  });

  it("has failed with Google's own words", () => {
    const error = { code: 400, status: "INVALID_ARGUMENT", message: "durationSeconds is out of bound." };
    expect(() => order(videoCall()).read({ error })).toThrow(
      expect.objectContaining({ status: 400, message: error.message }),
    );
  });
});
