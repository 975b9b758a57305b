import { decodeJsonObject, encodeJson, type JsonObject } from "../../json.ts";
import { type MeasuredUsage, noUsage } from "../../meter/usage.ts";
import type { VideoJob } from "../../ports.ts";
import type { Call } from "../../receive/call.ts";
import { isFormType, writeForm } from "../../receive/form.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs, Video, VideoAdapter } from "../provider.ts";
import { chatHeaders } from "./chat-headers.ts";
import { readErrorObject } from "./read-error.ts";

/** The body with the provider's name of the model; the client's own bytes where that is what they say. */
const bodyOf = ({ call, route }: TranslationArgs): Pick<Call, "bytes" | "contentType"> => {
  if (call.model === route.upstreamModel) return call;
  const fields = { ...call.body, model: route.upstreamModel };
  if (isFormType(call.contentType)) return writeForm({ fields, files: call.files });
  return { bytes: encodeJson(fields), contentType: call.contentType };
};

/** A film that failed has an error and is an answer all the same; an error alone is none. */
const readVideo = (body: Uint8Array): Video & { id: string } => {
  const answer = decodeJsonObject(body);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  const { id, status, error } = answer;
  if (typeof id === "string" && id !== "" && typeof status === "string") return { ...answer, id, status };
  if (error !== undefined && error !== null) throw readErrorObject(answer);
  throw invalidProviderAnswer("answered without a video");
};

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** The length that the provider says it makes, which is what it bills. */
const secondsOf = ({ seconds }: JsonObject, asked: number): number => {
  const told = Number(seconds);
  return Number.isSafeInteger(told) && told > 0 ? told : asked;
};

const readOrder = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const video = readVideo(body);
  const videoSeconds = video.status === "failed" ? 0 : secondsOf(video, call.pieces.videoSeconds);
  const usage: MeasuredUsage = { counts: { ...noUsage, videoSeconds }, source: "reported" };
  return {
    bytes: body,
    usage,
    facts: { upstreamId: video.id, upstreamModel: text(video["model"]), serviceTier: null },
  };
};

/** Orders a film of a server of the OpenAI dialect; unknown fields and files are forwarded. */
export const passVideosThrough = (args: TranslationArgs): Translation => {
  const { call, requestId } = args;
  const { bytes, contentType } = bodyOf(args);
  return {
    request: {
      method: "POST",
      path: "/v1/videos",
      headers: { ...call.forwardedHeaders, ...chatHeaders({ stream: false, requestId }), "content-type": contentType },
      body: bytes,
    },
    readAnswer: (body) => readOrder(call, body),
    streamTranslator() {
      throw new Error("films are not streamed");
    },
  };
};

const pathOf = ({ upstreamId }: VideoJob): string => `/v1/videos/${encodeURIComponent(upstreamId)}`;

/** Films at servers of the OpenAI dialect. */
export const videosOfOpenAi: VideoAdapter = {
  lookRequest: (job) => ({ method: "GET", path: pathOf(job) }),
  readVideo,
  looksForContent: false,
  contentRequest: (job, { variant }) => ({
    method: "GET",
    path: `${pathOf(job)}/content${variant === "video" ? "" : `?variant=${variant}`}`,
  }),
  deleteRequest: (job) => ({ method: "DELETE", path: pathOf(job) }),
  isContentHost: () => false,
};
