import type { Behaviour } from "../behaviour.ts";
import { objectOr, textOr, type JsonObject } from "../json.ts";
import { mp4Bytes, pngBytes } from "../media.ts";
import { ProviderError, type FakeRequest, type Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { billed, usageOf } from "../usage.ts";
import { check, invalid } from "./errors.ts";
import { VideoRequest } from "./media-schemas.ts";
import { checkModel } from "./models.ts";
import type { OpenAiState, VideoJob } from "./state.ts";

const free = (body: unknown): Reply => ({ kind: "json", body, usage: usageOf(), reportsUsage: false });

const fieldsOf = (body: JsonObject): JsonObject => {
  const { input_reference, ...rest } = body;
  return typeof input_reference === "string" ? rest : body;
};

/** Seconds are billed with the call that orders them; a job that will fail costs nothing. */
const startVideo = ({ body, call }: FakeRequest, behaviour: Behaviour, state: OpenAiState): Reply => {
  check(VideoRequest, fieldsOf(body));
  const model = textOr(body["model"], "sora-2");
  checkModel(model);
  if (!model.startsWith("sora-")) throw invalid(`The model '${model}' does not make videos.`, "model");
  if (behaviour.answer?.refusal !== undefined) {
    throw new ProviderError(400, "Your request was blocked by our moderation system.", {
      code: "moderation_blocked",
      type: "invalid_request_error",
    });
  }
  const seconds = textOr(body["seconds"], "4");
  const video = {
    id: seededId("video_", `${call}`),
    object: "video",
    created_at: Math.floor(Date.now() / 1000),
    completed_at: null,
    expires_at: null,
    error: null,
    model,
    progress: 0,
    prompt: body["prompt"],
    remixed_from_video_id: null,
    seconds,
    size: textOr(body["size"], "720x1280"),
    status: "queued",
  };
  const failure = behaviour.answer?.failure;
  state.videos.set(video.id, { video, polls: 0, failure });
  const usage = failure === undefined ? billed(usageOf({ videoSeconds: Number(seconds) }), behaviour) : usageOf();
  return { kind: "json", usage, body: video, reportsUsage: false };
};

/** A job is queued, at the first look in progress, at the second over. */
const look = (job: VideoJob): JsonObject => {
  job.polls += 1;
  if (job.polls === 1) job.video = { ...job.video, status: "in_progress", progress: 50 };
  if (job.polls < 2) return job.video;
  const now = Math.floor(Date.now() / 1000);
  job.video =
    job.failure === undefined
      ? { ...job.video, status: "completed", progress: 100, completed_at: now, expires_at: now + 3600 }
      : { ...job.video, status: "failed", error: { code: job.failure, message: "The fake was told to fail." } };
  return job.video;
};

const contentOf = (job: VideoJob, query: URLSearchParams): Reply => {
  if (job.video["status"] !== "completed") {
    throw new ProviderError(404, "Video is not ready yet, use GET /v1/videos/{video_id} to check status.", {
      type: "invalid_request_error",
    });
  }
  const isPicture = (query.get("variant") ?? "video") !== "video";
  const content = isPicture
    ? { bytes: pngBytes, contentType: "image/png" }
    : { bytes: mp4Bytes, contentType: "video/mp4" };
  return { kind: "bytes", usage: usageOf(), ...content };
};

/** `/v1/videos`, `/v1/videos/{id}` and `/v1/videos/{id}/content`. */
export const videos = (request: FakeRequest, behaviour: Behaviour, state: OpenAiState): Reply => {
  const { method, path, query } = request;
  const [, id, content] = /^\/v1\/videos(?:\/([^/]+)(\/content)?)?$/.exec(path) ?? [];
  if (id === undefined) {
    if (method === "POST") return startVideo(request, behaviour, state);
    const data = [...state.videos.values()].map(({ video }) => objectOr(video)).toReversed();
    return free({
      object: "list",
      data,
      has_more: false,
      first_id: data[0]?.["id"] ?? null,
      last_id: data.at(-1)?.["id"] ?? null,
    });
  }
  const job = state.videos.get(id);
  if (job === undefined)
    throw new ProviderError(404, `Video with id '${id}' not found.`, { type: "invalid_request_error" });
  if (content !== undefined) return contentOf(job, query);
  if (method !== "DELETE") return free(look(job));
  state.videos.delete(id);
  return free({ id, object: "video.deleted", deleted: true });
};
