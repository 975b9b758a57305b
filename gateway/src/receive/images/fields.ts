import { ImageFormFields, ImageGenerationRequest } from "@llm-tuner/contract/images.ts";
import { invalidRequest } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import type { CallFields } from "../call.ts";
import type { FormFile } from "../form.ts";
import { schemaError } from "../schema-error.ts";
import { lookUp } from "../../look-up.ts";

/**
 * Tokens of one picture of the usual sizes at models that are billed by tokens, by quality; unless it is said, the model
 * may choose the best. Only what is held beforehand depends on it.
 */
const tokensOfQuality: Readonly<Record<string, number>> = { low: 408, medium: 1_584 };
const tokensOfBest = 6_240;
const tokensOfPartial = 100;
/** Of a picture that is sent along. */
const tokensOfSource = 1_000;

interface Wanted {
  model: string;
  prompt?: string | undefined;
  n?: number | null | undefined;
  quality?: string | null | undefined;
  stream?: boolean | null | undefined;
  partial_images?: number | null | undefined;
}

const fieldsOf = ({ model, prompt, n, quality, stream, partial_images }: Wanted, sources: number): CallFields => {
  const images = n ?? 1;
  const tokensOfPicture = lookUp(tokensOfQuality, quality ?? "auto") ?? tokensOfBest;
  return {
    model,
    stream: stream ?? false,
    includeUsage: false,
    outputField: null,
    estimatedInputTokens: estimateTextTokens(prompt?.length ?? 0) + sources * tokensOfSource,
    maxOutputTokens: images * tokensOfPicture + (partial_images ?? 0) * tokensOfPartial,
    answers: images,
    pieces: { images, videoSeconds: 0 },
  };
};

/** What the gateway acts on in a request for new pictures. Throws a 400 with the field at fault. */
export const readImageFields = (body: JsonObject): CallFields => {
  const parsed = ImageGenerationRequest.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  return fieldsOf(parsed.data, 0);
};

export const isSource = ({ field }: FormFile): boolean => /^image(\[\d*\])?$/.test(field);

/** The same of a form with pictures to begin from. */
export const readImageFormFields = (body: JsonObject, files: readonly FormFile[]): CallFields => {
  const parsed = ImageFormFields.safeParse(body);
  if (!parsed.success) throw schemaError(parsed.error);
  if (!files.some(isSource)) {
    throw invalidRequest("There is no picture in the form; send it as the file `image`.", { param: "image" });
  }
  return fieldsOf(parsed.data, files.length);
};

/** The fields of a form for an edit, which has to say what is wanted. */
export const readImageEditFields = (body: JsonObject, files: readonly FormFile[]): CallFields => {
  if (typeof body["prompt"] === "string" && body["prompt"] !== "") return readImageFormFields(body, files);
  throw invalidRequest("Invalid `prompt`: say what is to be changed.", { param: "prompt" });
};
