import { encodeBase64 } from "../../base64.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import { readDataUrl } from "../../conversation/data-url.ts";
import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { type MeasuredUsage, noUsage } from "../../meter/usage.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { geminiRequest } from "./build-request.ts";
import { readBody } from "./read-answer.ts";

/** The shapes that Veo knows, by OpenAI's sizes and by those of more points that have the same shape. */
const shapes: Readonly<Record<string, { aspectRatio: string; resolution: string }>> = {
  "1280x720": { aspectRatio: "16:9", resolution: "720p" },
  "720x1280": { aspectRatio: "9:16", resolution: "720p" },
  "1920x1080": { aspectRatio: "16:9", resolution: "1080p" },
  "1080x1920": { aspectRatio: "9:16", resolution: "1080p" },
};
const usualSize = "1280x720";

/** The nearest of the sizes above. What is neither wide nor high has no counterpart. */
const sizeOf = (size: unknown, notes: TranslationNotes): string => {
  if (size === undefined || size === null) return usualSize;
  const named = typeof size === "string" ? size : "";
  if (Object.hasOwn(shapes, named)) return named;
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(named) ?? [];
  if (width === undefined || width === height) return notes.refuse("size", "Veo makes 1280x720 and 720x1280");
  const nearest = Number(width) > Number(height) ? "1280x720" : "720x1280";
  notes.lost("size", `sent as ${nearest}`);
  return nearest;
};

const translatedFields: ReadonlySet<string> = new Set(["model", "prompt", "seconds", "size"]);
const referenceFields: ReadonlySet<string> = new Set(["input_reference", "input_reference[image_url]"]);

interface Picture {
  bytesBase64Encoded: string;
  mimeType: string;
}

/** A picture by its address within the request itself; Google is not sent to other places, and knows no files of OpenAI's. */
const pictureOf = (field: string, value: unknown, notes: TranslationNotes): Picture => {
  const address: unknown = isJsonObject(value) ? value["image_url"] : value;
  const read = typeof address === "string" ? readDataUrl(address) : undefined;
  if (read === undefined) return notes.refuse(field, "send the picture itself, as a file of the form or a data URL");
  return { bytesBase64Encoded: read.data, mimeType: read.mediaType };
};

/** The picture that the film begins with; undefined when there is none. */
const firstPicture = ({ call, notes }: TranslationArgs): Picture | undefined => {
  const [file, ...more] = call.files;
  const named = Object.entries(call.body).find(([field, value]) => referenceFields.has(field) && value !== null);
  const other = [file, ...more].find((each) => each !== undefined && each.field !== "input_reference");
  if (other !== undefined) notes.refuse(other.field, "Veo takes one picture, as `input_reference`");
  if (more.length > 0 || (file !== undefined && named !== undefined)) {
    notes.refuse("input_reference", "Veo takes one picture");
  }
  const picture =
    named === undefined
      ? file && { bytesBase64Encoded: encodeBase64(file.data), mimeType: file.mediaType }
      : pictureOf(...named, notes);
  if (picture !== undefined && !picture.mimeType.startsWith("image/")) {
    notes.refuse("input_reference", "Veo begins with a picture only");
  }
  return picture;
};

const noteRest = (body: JsonObject, notes: TranslationNotes): void => {
  for (const [field, value] of Object.entries(body)) {
    const isKnown = translatedFields.has(field) || referenceFields.has(field);
    if (!isKnown && value !== null) notes.lost(field, "Veo has nothing like it");
  }
};

/** The name becomes a path of later requests, so that it must be nothing else. */
const operationName = /^(\w[\w.-]*\/)*operations\/\w[\w.-]*$/;

const readOrder = (body: Uint8Array, args: TranslationArgs, size: string): TranslatedAnswer => {
  const { call, route, createdAt } = args;
  const { name } = readBody(body);
  if (typeof name !== "string" || !operationName.test(name)) throw invalidProviderAnswer("answered without a video");
  const { videoSeconds } = call.pieces;
  const bytes = encodeJson({
    id: name,
    object: "video",
    created_at: Math.floor(createdAt.getTime() / 1_000),
    completed_at: null,
    expires_at: null,
    error: null,
    model: call.model,
    progress: 0,
    prompt: call.body["prompt"],
    remixed_from_video_id: null,
    seconds: String(videoSeconds),
    size,
    status: "queued",
  });
  // Google reports nothing: it bills the length that it took the order for.
  const usage: MeasuredUsage = { counts: { ...noUsage, videoSeconds }, source: "reported" };
  return { bytes, usage, facts: { upstreamId: name, upstreamModel: route.upstreamModel, serviceTier: null } };
};

/** Orders one of OpenAI's films of Veo, by `predictLongRunning`. */
export const orderVideo = (args: TranslationArgs): Translation => {
  const { call, route, notes } = args;
  noteRest(call.body, notes);
  const size = sizeOf(call.body["size"], notes);
  const shape = shapes[size];
  const image = firstPicture(args);
  const body = {
    instances: [{ prompt: call.body["prompt"], ...(image === undefined ? {} : { image }) }],
    parameters: {
      // Always said, since another usual length than the one that is billed would be made otherwise.
      durationSeconds: call.pieces.videoSeconds,
      aspectRatio: shape?.aspectRatio,
      // The first models know but one resolution and no such field.
      ...(shape?.resolution === "1080p" ? { resolution: shape.resolution } : {}),
    },
  };
  return {
    request: geminiRequest(route.upstreamModel, "predictLongRunning", body, args),
    readAnswer: (answer) => readOrder(answer, args, size),
    streamTranslator() {
      throw new Error("films are not streamed");
    },
  };
};
