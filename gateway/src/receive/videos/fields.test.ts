import { describe, expect, it } from "vitest";
import { noBounds } from "../../ports.ts";
import { videoCall, videoFormCall } from "../../testing/video-call.ts";

describe("an order for a film", () => {
  it.each([
    [{}, 4],
    [{ seconds: null }, 4],
    [{ seconds: "8" }, 8],
    [{ seconds: 12 }, 12],
  ])("with the fields %j is for %i seconds", (fields, videoSeconds) => {
    const call = videoCall(fields);
    expect(call.pieces).toEqual({ images: 0, videoSeconds });
    expect(call).toMatchObject({ model: "m", stream: false, maxOutputTokens: 0, files: [] });
    expect(call.contentType).toBe("application/json");
  });

  it("is read from a form in the same way, with its picture", async () => {
    const call = await videoFormCall({ seconds: "8" }, { files: { input_reference: "image/png" } });
    expect(call.pieces.videoSeconds).toBe(8);
    expect(call.files).toMatchObject([{ field: "input_reference", mediaType: "image/png" }]);
    expect(call.contentType).toMatch(/^multipart\/form-data; boundary=/);
  });

  it.each([
    [{ seconds: "long" }, "seconds"],
    [{ seconds: 0 }, "seconds"],
    [{ seconds: "601" }, "seconds"],
    [{ seconds: 1.5 }, "seconds"],
    [{ prompt: "" }, "prompt"],
    [{ prompt: 7 }, "prompt"],
    [{ model: "" }, "model"],
  ])("with the fields %j is refused", (fields, param) => {
    expect(() => videoCall(fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it("is refused to a credential with locked parameters, in JSON and in a form", async () => {
    const bounds = { ...noBounds, locked: { model: "m" } };
    const refusal = { status: 400, code: "locked_parameter" };
    expect(() => videoCall({}, bounds)).toThrow(expect.objectContaining(refusal));
    await expect(videoFormCall({}, { bounds })).rejects.toMatchObject(refusal);
  });
});
