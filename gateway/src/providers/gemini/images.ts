import { encodeBase64 } from "../../base64.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import { GatewayError } from "../../errors.ts";
import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { type MeasuredUsage, noUsage, outputTokensOf, inputTokensOf, type Usage } from "../../meter/usage.ts";
import { isSource } from "../../receive/images/fields.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { geminiRequest } from "./build-request.ts";
import { readFacts } from "./facts.ts";
import { aspectRatioOf } from "./image-size.ts";
import { readBody } from "./read-answer.ts";
import { blockedPrompt, objectsOf, partsOf, readPart } from "./read-parts.ts";
import { readUsage } from "./usage.ts";
import { lookUp } from "../../look-up.ts";

/** Models that are billed by the picture and asked by `predict`; the others draw in the course of `generateContent`. */
const isImagen = (model: string): boolean => /(^|\/)imagen-/.test(model);

const maxImagenPictures = 4;

/** 400: the model would not draw it. The code is OpenAI's. */
const notDrawn = (message: string): GatewayError =>
  new GatewayError({
    status: 400,
    code: "moderation_blocked",
    type: "invalid_request_error",
    message,
    param: "prompt",
    retryable: false,
  });

/** What has no place in the other interface and means something when it is not the usual value. */
const usualValues: Readonly<Record<string, readonly unknown[]>> = {
  quality: ["auto", "standard"],
  background: ["auto", "opaque"],
  moderation: ["auto"],
  response_format: ["b64_json"],
  stream: [false, "false"],
  partial_images: [0, "0"],
  output_format: ["png"],
};

const translatedFields: ReadonlySet<string> = new Set(["model", "prompt", "n", "size"]);

const noteRest = (body: JsonObject, notes: TranslationNotes): void => {
  if (body["response_format"] === "url") {
    notes.refuse("response_format", "Google gives no addresses of pictures; ask for b64_json");
  }
  if (body["stream"] === true || body["stream"] === "true") {
    notes.refuse("stream", "Google's pictures come whole; leave it out");
  }
  for (const [field, value] of Object.entries(body)) {
    const isUsual = value === null || value === undefined || (lookUp(usualValues, field)?.includes(value) ?? false);
    if (!translatedFields.has(field) && !isUsual) notes.lost(field, "Google's picture models have nothing like it");
  }
};

const imagenRequest = ({ call, notes }: TranslationArgs): JsonObject => {
  if (call.files.length > 0) notes.refuse("image", "Imagen changes no pictures; use a Gemini model that draws");
  if (call.answers > maxImagenPictures) notes.refuse("n", `Imagen draws at most ${maxImagenPictures} at once`);
  const aspectRatio = aspectRatioOf(call.body["size"], { isImagen: true, notes });
  return {
    instances: [{ prompt: call.body["prompt"] }],
    parameters: {
      sampleCount: call.answers,
      // Without it a picture that was withheld is left out without a word.
      includeRaiReason: true,
      ...(aspectRatio === undefined ? {} : { aspectRatio }),
    },
  };
};

const drawingRequest = ({ call, notes }: TranslationArgs): JsonObject => {
  if (call.answers > 1) notes.refuse("n", "Gemini draws one picture at a time");
  const other = call.files.find((file) => !isSource(file));
  if (other !== undefined) notes.refuse(other.field, "Gemini takes whole pictures only; say in words what to change");
  const sources = call.files.map(({ mediaType, data }) => ({
    inlineData: { mimeType: mediaType, data: encodeBase64(data) },
  }));
  const aspectRatio = aspectRatioOf(call.body["size"], { isImagen: false, notes });
  return {
    contents: [{ role: "user", parts: [...sources, { text: call.body["prompt"] }] }],
    generationConfig: {
      responseModalities: ["IMAGE"],
      ...(aspectRatio === undefined ? {} : { imageConfig: { aspectRatio } }),
    },
  };
};

interface Drawn {
  mediaType: string;
  data: string;
}

const answerOf = (drawn: readonly Drawn[], createdAt: Date, more: JsonObject = {}): Uint8Array => {
  const [format] = drawn.map(({ mediaType }) => mediaType.replace(/^image\//, ""));
  return encodeJson({
    created: Math.floor(createdAt.getTime() / 1_000),
    data: drawn.map(({ data }) => ({ b64_json: data })),
    ...(format === undefined ? {} : { output_format: format }),
    ...more,
  });
};

const readImagen = (body: Uint8Array, { createdAt }: TranslationArgs): TranslatedAnswer => {
  const answer = readBody(body);
  const predictions = objectsOf(answer["predictions"]);
  const drawn = predictions.flatMap(({ bytesBase64Encoded: data, mimeType }) =>
    typeof data === "string" && data !== ""
      ? [{ data, mediaType: typeof mimeType === "string" ? mimeType : "image/png" }]
      : [],
  );
  if (drawn.length === 0) {
    const reason = predictions
      .map((prediction) => prediction["raiFilteredReason"])
      .find((why) => typeof why === "string");
    throw notDrawn(reason ?? "The provider withheld the picture.");
  }
  const usage: MeasuredUsage = { counts: { ...noUsage, images: drawn.length }, source: "reported" };
  return { bytes: answerOf(drawn, createdAt), usage, facts: readFacts(answer) };
};

/** Where Google does not say of what kind the output was, a model that was asked for nothing but pictures made those. */
const asPictures = (usage: Usage): Usage =>
  usage.outputImage > 0 ? usage : { ...usage, outputText: 0, outputImage: usage.outputText };

const usageBody = (usage: Usage): JsonObject => ({
  input_tokens: inputTokensOf(usage),
  input_tokens_details: { image_tokens: usage.inputImage, text_tokens: inputTokensOf(usage) - usage.inputImage },
  output_tokens: outputTokensOf(usage),
  output_tokens_details: { image_tokens: usage.outputImage, text_tokens: outputTokensOf(usage) - usage.outputImage },
  total_tokens: inputTokensOf(usage) + outputTokensOf(usage),
});

const readDrawing = (body: Uint8Array, { call, createdAt }: TranslationArgs): TranslatedAnswer => {
  const answer = readBody(body);
  const parts = objectsOf(answer["candidates"]).flatMap((candidate) => partsOf(candidate));
  const read = parts.flatMap((part) => readPart(part) ?? []);
  const drawn = read.filter((part) => part.type === "image");
  if (drawn.length === 0) {
    const said = read
      .flatMap((part) => (part.type === "text" ? [part.text] : []))
      .join("")
      .slice(0, 500);
    throw notDrawn(blockedPrompt(answer) ?? (said === "" ? "The model did not draw the picture." : said));
  }
  const reported = readUsage(answer["usageMetadata"]);
  const counts: Usage =
    reported === undefined
      ? { ...noUsage, inputUncached: call.estimatedInputTokens, images: drawn.length }
      : asPictures(reported);
  const usage: MeasuredUsage = { counts, source: reported === undefined ? "estimated" : "reported" };
  const more = isJsonObject(answer["usageMetadata"]) ? { usage: usageBody(counts) } : {};
  return { bytes: answerOf(drawn, createdAt, more), usage, facts: readFacts(answer) };
};

/** OpenAI's new pictures and edits, asked of Imagen or of a Gemini model that draws. */
export const images = (args: TranslationArgs): Translation => {
  const { call, route, notes } = args;
  noteRest(call.body, notes);
  const byImagen = isImagen(route.upstreamModel);
  return {
    request: byImagen
      ? geminiRequest(route.upstreamModel, "predict", imagenRequest(args), args)
      : geminiRequest(route.upstreamModel, "generateContent", drawingRequest(args), args),
    readAnswer: (body) => (byImagen ? readImagen(body, args) : readDrawing(body, args)),
    streamTranslator() {
      throw new Error("pictures of Google's are not streamed");
    },
  };
};
