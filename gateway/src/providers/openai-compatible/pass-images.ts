import { noFacts } from "../../conversation/answer.ts";
import { decodeJsonObject, encodeJson } from "../../json.ts";
import { type MeasuredUsage, noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { writeForm } from "../../receive/form.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { chatHeaders } from "./chat-headers.ts";
import { ImageStreamTranslator } from "./image-stream.ts";
import { readImageUsage } from "./image-usage.ts";
import { readErrorObject } from "./read-error.ts";

/** The body with the provider's name of the model; the client's own bytes where that is what they say. */
const bodyOf = ({ call, route }: TranslationArgs): Pick<Call, "bytes" | "contentType"> => {
  if (call.model === route.upstreamModel) return call;
  const fields = { ...call.body, model: route.upstreamModel };
  if (call.endpoint !== "images/generations") return writeForm({ fields, files: call.files });
  return { bytes: encodeJson(fields), contentType: call.contentType };
};

const readImages = (body: Uint8Array): TranslatedAnswer => {
  const answer = decodeJsonObject(body);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (answer["error"] !== undefined && answer["error"] !== null) throw readErrorObject(answer);
  const { data } = answer;
  if (!Array.isArray(data)) throw invalidProviderAnswer("answered without pictures");
  const byTokens = readImageUsage(answer["usage"]);
  // Where no tokens are reported, the pictures are what is billed, and their number is the provider's own.
  const usage: MeasuredUsage = { counts: byTokens ?? { ...noUsage, images: data.length }, source: "reported" };
  return { bytes: body, usage, facts: noFacts };
};

/** Fields that name a model of their own, beside the one that was allowed and is billed. */
const refuseOtherModels = ({ call, notes }: TranslationArgs): void => {
  const field = Object.keys(call.body).find((name) => /^svg(\[|$)/.test(name));
  if (field !== undefined) notes.refuse(field, "it names a further model, which would not be on the bill");
};

/** Pictures at a server of the OpenAI dialect: new ones by JSON, edits and variations by forms. */
export const passImagesThrough = (args: TranslationArgs): Translation => {
  const { call, requestId, maxEventBytes } = args;
  const { estimatedInputTokens, stream } = call;
  refuseOtherModels(args);
  const { bytes, contentType } = bodyOf(args);
  return {
    request: {
      method: "POST",
      path: `/v1/${call.endpoint}`,
      headers: { ...call.forwardedHeaders, ...chatHeaders({ stream, requestId }), "content-type": contentType },
      body: bytes,
    },
    readAnswer: readImages,
    streamTranslator: () => new ImageStreamTranslator({ estimatedInputTokens, maxEventBytes }),
  };
};

/** The operations of pictures, for the tables of servers that have them. */
export const imageOperations = {
  "images/generations": passImagesThrough,
  "images/edits": passImagesThrough,
  "images/variations": passImagesThrough,
} as const;
