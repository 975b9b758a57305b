import { encodeBase64 } from "../../base64.ts";
import { invalidRequest } from "../../errors.ts";
import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { type MeasuredUsage, noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { geminiRequest } from "./build-request.ts";
import { modelPath } from "./model-family.ts";
import { readBody } from "./read-answer.ts";
import { readUsage } from "./usage.ts";

/** Texts of one request, by Google's own limit. */
const maxTexts = 100;

const textsOf = (input: unknown): readonly string[] => {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  const strings = texts.filter((text) => typeof text === "string");
  if (strings.length !== texts.length) {
    throw invalidRequest("The provider of this model takes text, and no token ids.", { param: "input" });
  }
  if (strings.length === 0) throw invalidRequest("There is no text in `input`.", { param: "input" });
  if (strings.length > maxTexts) {
    throw invalidRequest(`The provider of this model takes at most ${maxTexts} texts at once.`, { param: "input" });
  }
  return strings;
};

const taken = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

const requestBody = ({ call, route, notes }: TranslationArgs): JsonObject => {
  const { input, dimensions, user } = call.body;
  for (const field of Object.keys(call.body)) {
    if (!taken.has(field)) notes.lost(field, "Gemini has nothing like it");
  }
  if (typeof user === "string") notes.lost("user", "Gemini is not told who is behind a request");
  const model = decodeURI(modelPath(route.upstreamModel));
  return {
    requests: textsOf(input).map((text) => ({
      model,
      content: { parts: [{ text }] },
      ...(typeof dimensions === "number" ? { outputDimensionality: dimensions } : {}),
    })),
  };
};

/** Little-endian 32-bit floats in base64, as OpenAI's clients read them. */
const encodeVector = (values: readonly number[]): string => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true);
  return encodeBase64(bytes);
};

const vectorsOf = (answer: JsonObject): number[][] => {
  const entries: unknown[] = Array.isArray(answer["embeddings"]) ? answer["embeddings"] : [];
  return entries.map((entry) => {
    const values: unknown = isJsonObject(entry) ? entry["values"] : undefined;
    const numbers = Array.isArray(values) ? values.filter((value) => typeof value === "number") : [];
    if (numbers.length === 0) throw invalidProviderAnswer("answered with an embedding without numbers");
    return numbers;
  });
};

/** OpenAI's vectors have the length 1; Google's have it only in their full size. */
const normalised = (vector: readonly number[]): readonly number[] => {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
};

const readEmbeddings = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const answer = readBody(body);
  const isShortened = typeof call.body["dimensions"] === "number";
  const vectors = vectorsOf(answer).map((vector) => (isShortened ? normalised(vector) : vector));
  if (vectors.length !== textsOf(call.body["input"]).length) {
    throw invalidProviderAnswer("did not answer with one embedding for each text");
  }
  const reported = readUsage(answer["usageMetadata"]);
  const usage: MeasuredUsage =
    reported === undefined
      ? { counts: { ...noUsage, inputUncached: call.estimatedInputTokens }, source: "estimated" }
      : { counts: { ...noUsage, inputUncached: reported.inputUncached }, source: "reported" };
  const tokens = usage.counts.inputUncached;
  const inBase64 = call.body["encoding_format"] === "base64";
  const bytes = encodeJson({
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: inBase64 ? encodeVector(vector) : vector,
    })),
    model: call.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
  return { bytes, usage, facts: { upstreamId: null, upstreamModel: null, serviceTier: null } };
};

/** OpenAI's embeddings, asked as `batchEmbedContents`. Google reports no usage here with older models. */
export const embeddings = (args: TranslationArgs): Translation => ({
  request: geminiRequest(args.route.upstreamModel, "batchEmbedContents", requestBody(args), args),
  readAnswer: (body) => readEmbeddings(args.call, body),
  streamTranslator() {
    throw new Error("embeddings are not streamed");
  },
});
