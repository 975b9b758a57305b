import { unsupportedParameter } from "../../conversation/notes.ts";
import { decodeJsonObject, isJsonObject, type JsonObject } from "../../json.ts";
import type { VideoJob } from "../../ports.ts";
import { videoNotReady } from "../../receive/videos/errors.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { Video, VideoAdapter } from "../provider.ts";
import { readErrorObject } from "./read-error.ts";
import { objectsOf } from "./read-parts.ts";

const objectIn = (value: unknown, field: string): JsonObject => {
  const inner = isJsonObject(value) ? value[field] : undefined;
  return isJsonObject(inner) ? inner : {};
};

interface Operation {
  isDone: boolean;
  error: JsonObject | undefined;
  /** Where the film lies. */
  address: string | undefined;
  /** Why it was withheld, where it says so. */
  withheld: string | undefined;
}

/** Reads a `google.longrunning.Operation` of `predictLongRunning`. Throws a 502 when it is none. */
const readOperation = (body: Uint8Array): Operation => {
  const operation = decodeJsonObject(body);
  if (operation === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  const isDone = operation["done"] === true;
  const error = isJsonObject(operation["error"]) ? operation["error"] : undefined;
  if (!isDone && error !== undefined) throw readErrorObject(error);
  const answer = objectIn(operation["response"], "generateVideoResponse");
  const [sample] = objectsOf(answer["generatedSamples"]);
  const { uri } = objectIn(sample, "video");
  const reasons: unknown[] = Array.isArray(answer["raiMediaFilteredReasons"]) ? answer["raiMediaFilteredReasons"] : [];
  return {
    isDone,
    error,
    address: typeof uri === "string" ? uri : undefined,
    withheld: reasons.find((reason) => typeof reason === "string"),
  };
};

const failure = ({ error, withheld }: Operation): { code: string; message: string } => {
  if (error === undefined) {
    // The code is OpenAI's.
    return { code: "moderation_blocked", message: withheld ?? "The provider withheld the video." };
  }
  const { message } = error;
  return { code: "provider_error", message: typeof message === "string" ? message : "The video was not made." };
};

/** An operation says neither what was ordered nor how far it is. */
const readVideo = (body: Uint8Array, { video }: VideoJob): Video => {
  const operation = readOperation(body);
  if (!operation.isDone) return { ...video, status: "in_progress" };
  if (operation.address !== undefined) return { ...video, status: "completed", progress: 100 };
  return { ...video, status: "failed", error: failure(operation) };
};

/**
 * The file by its name, asked of the server that made it: the rest of the address that Google gives is not followed, wherever
 * it may lead.
 */
const filePath = (address: string): string => {
  const [, name] = /\/files\/([\w-]{1,200})(?=[:/?]|$)/.exec(address) ?? [];
  if (name === undefined) throw invalidProviderAnswer("gave an address of the video that is none of its files");
  return `/v1beta/files/${name}:download?alt=media`;
};

/** Veo's films. Google keeps them for two days, and deletes none before. */
export const videos: VideoAdapter = {
  lookRequest: ({ upstreamId }) => ({ method: "GET", path: `/v1beta/${upstreamId}` }),
  readVideo,
  looksForContent: true,
  contentRequest(_job, { variant, looked }) {
    if (variant !== "video") throw unsupportedParameter("variant", "Veo makes no pictures of its films");
    const address = looked === undefined ? undefined : readOperation(looked).address;
    if (address === undefined) throw videoNotReady();
    return { method: "GET", path: filePath(address) };
  },
  deleteRequest: undefined,
  isContentHost: (host) => /(^|\.)(googleapis|googleusercontent)\.com$/.test(host),
};
