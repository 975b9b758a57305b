import type { Behaviour } from "../behaviour.ts";
import { textOr, type JsonObject } from "../json.ts";
import { pngBase64 } from "../media.ts";
import { ProviderError, type FakeEvent, type FakeRequest, type Reply } from "../reply.ts";
import { countTokens, tokensOfImage } from "../tokens.ts";
import { billed, inputTokens, outputTokens, usageOf, type Usage } from "../usage.ts";
import { check, invalid } from "./errors.ts";
import {
  ImageVariationRequest,
  PricedImageRequest,
  TokenImageEditRequest,
  TokenImageRequest,
} from "./media-schemas.ts";
import { checkModel } from "./models.ts";

/** Output tokens of a picture by quality, whatever its size; each partial picture costs a hundred more. */
const tokensOfPicture: Readonly<Record<string, number>> = {
  low: 272,
  medium: 1056,
  high: 4160,
  xhigh: 4160,
  max: 4160,
};
const tokensOfPartial = 100;

const imageUsage = (usage: Usage): JsonObject => ({
  input_tokens: inputTokens(usage),
  input_tokens_details: { image_tokens: usage.inputImage, text_tokens: usage.inputUncached },
  output_tokens: outputTokens(usage),
  output_tokens_details: { image_tokens: usage.outputImage, text_tokens: 0 },
  total_tokens: inputTokens(usage) + outputTokens(usage),
});

const filesOf = ({ form }: FakeRequest, name: string): number =>
  form === undefined ? 0 : form.getAll(name).length + form.getAll(`${name}[]`).length;

const refuseIfAsked = ({ answer }: Behaviour): void => {
  if (answer?.refusal === undefined) return;
  throw new ProviderError(400, "Your request was rejected by the safety system.", {
    type: "image_generation_user_error",
    code: "moderation_blocked",
  });
};

const eventsOf = (
  family: string,
  look: JsonObject,
  partials: number,
  usage: Usage,
  mode: Behaviour["usage"],
): FakeEvent[] => {
  const eventOf = (type: string, more: JsonObject, image: number, reportsUsage = false): FakeEvent => ({
    name: `${family}.${type}`,
    data: { type: `${family}.${type}`, b64_json: pngBase64, ...look, ...more },
    written: { image },
    reportsUsage,
  });
  const partial = Array.from({ length: partials }, (_, at) =>
    eventOf("partial_image", { partial_image_index: at }, tokensOfPartial),
  );
  const report = mode === "none" ? {} : { usage: imageUsage(usage) };
  return [
    ...partial,
    eventOf("completed", report, Math.max(0, usage.outputImage - partials * tokensOfPartial), mode !== "none"),
  ];
};

const tokenImages = (request: FakeRequest, behaviour: Behaviour, family: "image_generation" | "image_edit"): Reply => {
  const { body } = request;
  check(family === "image_edit" ? TokenImageEditRequest : TokenImageRequest, body);
  const sources = family === "image_edit" ? filesOf(request, "image") + filesOf(request, "mask") : 0;
  if (family === "image_edit" && filesOf(request, "image") === 0) {
    throw invalid("Missing required parameter: 'image'.", "image", "missing_required_parameter");
  }
  refuseIfAsked(behaviour);
  const isStream = body["stream"] === true || body["stream"] === "true";
  const count = Number(body["n"] ?? 1);
  const partials = isStream ? Number(body["partial_images"] ?? 0) : 0;
  const quality = textOr(body["quality"], "medium") === "auto" ? "medium" : textOr(body["quality"], "medium");
  const counted = usageOf({
    inputUncached: countTokens(textOr(body["prompt"])),
    inputImage: sources * tokensOfImage,
    outputImage: (tokensOfPicture[quality] ?? 0) * count + partials * tokensOfPartial,
    images: count,
  });
  const usage = billed(counted, behaviour);
  const created = Math.floor(Date.now() / 1000);
  const size = textOr(body["size"], "auto") === "auto" ? "1024x1024" : body["size"];
  const look = { background: "opaque", output_format: body["output_format"] ?? "png", quality, size };
  if (isStream) {
    const events = eventsOf(family, { ...look, created_at: created }, partials, usage, behaviour.usage);
    return { kind: "events", form: "sse", usage, events };
  }
  const data = Array.from({ length: count }, () => ({ b64_json: pngBase64 }));
  const report = behaviour.usage === "none" ? {} : { usage: imageUsage(usage) };
  return { kind: "json", usage, body: { created, ...look, data, ...report }, reportsUsage: behaviour.usage !== "none" };
};

/** Pictures that are billed by the piece: no usage is reported, so the count is all there is. */
const pricedImages = ({ body, headers }: FakeRequest, behaviour: Behaviour, model: string): Reply => {
  const count = Number(body["n"] ?? 1);
  if (model === "dall-e-3" && count > 1) throw invalid("You must provide n=1 for this model.", "n", "invalid_value");
  refuseIfAsked(behaviour);
  const isUrl = body["response_format"] !== "b64_json";
  const revised = model === "dall-e-3" ? { revised_prompt: textOr(body["prompt"]) } : {};
  const pictureOf = (at: number): JsonObject =>
    isUrl ? { url: `http://${headers.host}/files/picture-${at}.png` } : { b64_json: pngBase64 };
  const data = Array.from({ length: count }, (_, at) => ({ ...pictureOf(at), ...revised }));
  const usage = billed(usageOf({ images: count }), behaviour);
  return { kind: "json", usage, body: { created: Math.floor(Date.now() / 1000), data }, reportsUsage: false };
};

/** `POST /v1/images/generations`, `/edits` and `/variations`. */
export const images = (request: FakeRequest, behaviour: Behaviour, action: string): Reply => {
  const { body } = request;
  const model = textOr(
    body["model"],
    action === "generations" ? "dall-e-2" : action === "edits" ? "gpt-image-1" : "dall-e-2",
  );
  checkModel(model);
  const isPriced = model.startsWith("dall-e");
  if (action === "variations") {
    check(ImageVariationRequest, body);
    if (model !== "dall-e-2") throw invalid(`The model '${model}' does not support variations.`, "model");
    if (filesOf(request, "image") !== 1)
      throw invalid("Missing required parameter: 'image'.", "image", "missing_required_parameter");
    return pricedImages(request, behaviour, model);
  }
  if (!isPriced) return tokenImages(request, behaviour, action === "edits" ? "image_edit" : "image_generation");
  check(PricedImageRequest, body);
  if (action === "edits" && filesOf(request, "image") === 0) {
    throw invalid("Missing required parameter: 'image'.", "image", "missing_required_parameter");
  }
  return pricedImages(request, behaviour, model);
};
