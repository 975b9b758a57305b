import { describe, expect, it } from "vitest";
import { encodeJson, encodeText } from "../../json.ts";
import { videoJob } from "../../testing/video-call.ts";
import { videos } from "./videos.ts";

const job = videoJob();
const name = job.upstreamId;
const read = (answer: object) => videos.readVideo(encodeJson(answer), job);
const made = (uri: string) => ({
  name,
  done: true,
  response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } },
});
const address = "https://generativelanguage.googleapis.com/v1beta/files/a-b_1:download?alt=media";
const contentOf = (answer: object, variant: "video" | "thumbnail" = "video") =>
  videos.contentRequest(job, { variant, looked: encodeJson(answer) });

describe("a film of Veo's", () => {
  it("is looked for by the name of its operation", () => {
    expect(videos.lookRequest(job)).toEqual({ method: "GET", path: "/v1beta/models/veo-3.0/operations/abc" });
  });

  it.each([
    ["is being made", { name }, { status: "in_progress", progress: 0 }],
    ["is being made, and says it", { name, done: false }, { status: "in_progress" }],
    ["is ready", made(address), { status: "completed", progress: 100 }],
    [
      "was not made",
      { name, done: true, error: { code: 13, message: "Internal." } },
      { status: "failed", error: { code: "provider_error", message: "Internal." } },
    ],
    [
      "was not made, for no reason that is said",
      { name, done: true, error: { code: 13 } },
      { status: "failed", error: { code: "provider_error", message: "The video was not made." } },
    ],
    [
      "was withheld",
      { name, done: true, response: { generateVideoResponse: { raiMediaFilteredReasons: ["Looks like a star."] } } },
      { status: "failed", error: { code: "moderation_blocked", message: "Looks like a star." } },
    ],
    [
      "is over without a word",
      { name, done: true, response: {} },
      { status: "failed", error: { code: "moderation_blocked", message: "The provider withheld the video." } },
    ],
  ])("%s", (_, answer, described) => {
    expect(read(answer)).toMatchObject({ ...described, object: "video", seconds: "4", size: "1280x720" });
  });

  it("is not described by an error of the look itself, nor by something else", () => {
    expect(() => read({ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow." } })).toThrow(
      expect.objectContaining({ status: 429 }),
    );
    expect(() => videos.readVideo(encodeText("[]"), job)).toThrow(expect.objectContaining({ status: 502 }));
  });

  it.each([
    address,
    "http://169.254.169.254/v1beta/files/a-b_1:download?alt=media&key=x",
    "https://elsewhere.test/download/v1beta/files/a-b_1",
  ])("is fetched from the server that made it by its file's name, whatever else the address %s says", (uri) => {
    expect(contentOf(made(uri))).toEqual({ method: "GET", path: "/v1beta/files/a-b_1:download?alt=media" });
  });

  it.each(["https://a.test/films/1", "gs://bucket/files/", "https://a.test/files/a%2F..:download"])(
    "cannot be fetched from %s",
    (uri) => {
      expect(() => contentOf(made(uri))).toThrow(expect.objectContaining({ status: 502 }));
    },
  );

  it("cannot be fetched before it is ready, nor as a picture", () => {
    expect(() => contentOf({ name })).toThrow(expect.objectContaining({ status: 404, code: "video_not_ready" }));
    expect(() => contentOf(made(address), "thumbnail")).toThrow(
      expect.objectContaining({ status: 400, param: "variant" }),
    );
  });

  it.each([
    ["storage.googleapis.com", true],
    ["googleapis.com", true],
    ["video.googleusercontent.com", true],
    ["evilgoogleapis.com", false],
    ["googleapis.com.evil.test", false],
    ["localhost", false],
  ])("may be handed out by %s: %s", (host, isAllowed) => {
    expect(videos.isContentHost(host)).toBe(isAllowed);
  });
});
