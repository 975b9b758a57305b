import { describe, expect, it } from "vitest";
import { decodeText, encodeJson, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { routeAt, translationArgs } from "../../testing/translation-args.ts";
import { videoCall, videoFormCall, videoJob } from "../../testing/video-call.ts";
import { passVideosThrough, videosOfOpenAi } from "./pass-videos.ts";

const pass = (call: Call, upstreamModel = "sora-2") =>
  passVideosThrough(translationArgs(call, routeAt("openai", upstreamModel)));
const read = (call: Call, answer: JsonObject) => pass(call).readAnswer(encodeJson(answer), {});
const queued = { id: "video_up", object: "video", status: "queued", model: "sora-2-2025-10-06", seconds: "8" };

describe("an order for a film at a server of OpenAI's dialect", () => {
  it("goes as the client's own bytes where the model is called alike", () => {
    const call = videoCall({ seconds: 8, anything: ["else"] });
    const { request } = pass(call, "m");
    expect(request).toMatchObject({ method: "POST", path: "/v1/videos" });
    expect(request.body).toBe(call.bytes);
  });

  it("has the model renamed in JSON, and nothing else changed", () => {
    const { request } = pass(videoCall({ seconds: "8", anything: ["else"] }));
    expect(JSON.parse(decodeText(request.body ?? new Uint8Array()))).toEqual({
      model: "sora-2",
      prompt: "Waves",
      seconds: "8",
      anything: ["else"],
    });
    expect(request.headers["content-type"]).toBe("application/json");
  });

  it("has the model renamed in a form that keeps its picture", async () => {
    const { request } = pass(await videoFormCall({ seconds: "8" }, { files: { input_reference: "image/png" } }));
    const text = decodeText(request.body ?? new Uint8Array());
    expect(text).toContain('name="model"\r\n\r\nsora-2\r\n');
    expect(text).toContain('name="input_reference"; filename="first.png"\r\ncontent-type: image/png');
    expect(request.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=form-/);
  });

  it("is billed by the length that the provider says, or by the one that was asked for", () => {
    const call = videoCall({ seconds: 4 });
    expect(read(call, queued)).toMatchObject({
      usage: { counts: { ...noUsage, videoSeconds: 8 }, source: "reported" },
      facts: { upstreamId: "video_up", upstreamModel: "sora-2-2025-10-06" },
    });
    for (const seconds of [undefined, null, "long", 0]) {
      expect(read(call, { ...queued, seconds }).usage.counts.videoSeconds).toBe(4);
    }
  });

  it("costs nothing when the film has failed already", () => {
    const failed = { ...queued, status: "failed", error: { code: "moderation_blocked", message: "No." } };
    expect(read(videoCall(), failed).usage).toEqual({ counts: noUsage, source: "reported" });
  });

  it.each([
    [{ error: { message: "No such size.", type: "invalid_request_error" } }, { status: 400, message: "No such size." }],
    [{ object: "video" }, { status: 502, code: "provider_invalid_answer" }],
    [
      { id: "", status: "queued" },
      { status: 502, code: "provider_invalid_answer" },
    ],
    [{ id: "video_up" }, { status: 502, code: "provider_invalid_answer" }],
  ])("fails with the answer %j", (answer, error) => {
    expect(() => read(videoCall(), answer)).toThrow(expect.objectContaining(error));
  });

  it("fails with an answer that is not JSON", () => {
    const answer = new TextEncoder().encode("<html>");
    expect(() => pass(videoCall()).readAnswer(answer, {})).toThrow(expect.objectContaining({ status: 502 }));
  });
});

describe("a film at a server of OpenAI's dialect", () => {
  const job = videoJob("video_up/../models");

  it("is asked for by an id that cannot lead elsewhere", () => {
    const path = "/v1/videos/video_up%2F..%2Fmodels";
    expect(videosOfOpenAi.lookRequest(job)).toEqual({ method: "GET", path });
    expect(videosOfOpenAi.deleteRequest?.(job)).toEqual({ method: "DELETE", path });
    const asked = { variant: "video", looked: undefined } as const;
    expect(videosOfOpenAi.contentRequest(job, asked)).toEqual({ method: "GET", path: `${path}/content` });
    expect(videosOfOpenAi.contentRequest(job, { ...asked, variant: "thumbnail" }).path).toBe(
      `${path}/content?variant=thumbnail`,
    );
  });

  it("is described in the provider's words, its failure too", () => {
    const failed = { ...queued, status: "failed", error: { code: "x", message: "y" } };
    expect(videosOfOpenAi.readVideo(encodeJson(failed), job)).toEqual(failed);
    expect(videosOfOpenAi.isContentHost("openai.com")).toBe(false);
  });
});
