import type { Question } from "../answer.ts";
import { listOr, numberOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { ProviderError } from "../reply.ts";
import { countTokens, tokensOfAudio, tokensOfFile, tokensOfImage, tokensOfMessage } from "../tokens.ts";
import { usageOf, type Usage } from "../usage.ts";
import { thinks } from "./models.ts";
import { declarationsOf, partsOf } from "./rules.ts";

type Modality = "text" | "image" | "audio";

const modalityOf = (mimeType: string): Modality => {
  if (mimeType.startsWith("image/")) return "image";
  return mimeType.startsWith("audio/") ? "audio" : "text";
};

const mediaTokens = { image: tokensOfImage, audio: tokensOfAudio, text: tokensOfFile };

const partTokens = (part: JsonObject): { modality: Modality; tokens: number } => {
  const { text, functionCall, functionResponse } = part;
  const media = part["inlineData"] ?? part["fileData"];
  if (media !== undefined) {
    const modality = modalityOf(textOr(objectOr(media)["mimeType"]));
    return { modality, tokens: mediaTokens[modality] };
  }
  const { name, args, response } = objectOr(functionCall ?? functionResponse);
  const made = name === undefined ? 0 : countTokens(textOr(name)) + countTokens(JSON.stringify(args ?? response ?? {}));
  return { modality: "text", tokens: countTokens(textOr(text)) + made };
};

const cachedTokens = (name: unknown): number => {
  if (name === undefined) return 0;
  const [, tokens] = /^cachedContents\/.*-(\d+)$/.exec(textOr(name)) ?? [];
  if (tokens === undefined) throw new ProviderError(403, "CachedContent not found (or permission denied)");
  return Number(tokens);
};

/** Input of a prompt by bucket. `cachedContents/NAME-200` stands for two hundred tokens that are kept. */
export const countPrompt = (body: JsonObject): Usage => {
  const { responseSchema, responseJsonSchema } = objectOr(body["generationConfig"]);
  const schema = responseSchema ?? responseJsonSchema;
  const offered = [...declarationsOf(body), ...(schema === undefined ? [] : [schema])];
  const sums = {
    text: offered.reduce<number>((sum, one) => sum + countTokens(JSON.stringify(one)), 0),
    image: 0,
    audio: 0,
  };
  const system = body["systemInstruction"];
  for (const content of [...objectsOr(body["contents"]), ...(system === undefined ? [] : [system])]) {
    sums.text += tokensOfMessage;
    for (const { modality, tokens } of partsOf(content).map(partTokens)) sums[modality] += tokens;
  }
  const inputCacheRead = cachedTokens(body["cachedContent"]);
  return usageOf({ inputUncached: sums.text, inputCacheRead, inputImage: sums.image, inputAudio: sums.audio });
};

/** The text of the last message, in whatever form the endpoint takes it. */
export const promptOf = (body: JsonObject): string => {
  const prompt = objectsOr(body["instances"])[0]?.["prompt"];
  if (typeof prompt === "string") return prompt;
  const embedded = body["content"] ?? objectsOr(body["requests"]).at(-1)?.["content"];
  if (embedded !== undefined)
    return partsOf(embedded)
      .map(({ text }) => textOr(text))
      .join("\n");
  const last = objectsOr(body["contents"]).at(-1);
  if (last?.["role"] === "model") return "";
  return partsOf(last)
    .map(({ text }) => textOr(text))
    .join("\n")
    .trim();
};

const levelWords: Readonly<Record<string, number>> = { MINIMAL: 4, LOW: 8, MEDIUM: 16, HIGH: 32 };

/** Words of thinking: by level, at most the budget, sixteen when nothing is said. */
const thinkingWords = (body: JsonObject, model: string): number => {
  if (!thinks(model)) return 0;
  const { thinkingBudget, thinkingLevel } = objectOr(objectOr(body["generationConfig"])["thinkingConfig"]);
  if (thinkingLevel !== undefined) return levelWords[textOr(thinkingLevel).toUpperCase()] ?? 16;
  const budget = numberOr(thinkingBudget, -1);
  return budget < 0 ? 16 : Math.min(16, budget);
};

export const questionOf = (body: JsonObject, model: string): Question => {
  const config = objectOr(body["generationConfig"]);
  const { mode, allowedFunctionNames } = objectOr(objectOr(body["toolConfig"])["functionCallingConfig"]);
  const names = listOr(allowedFunctionNames).map(String);
  const wanted = names.length > 0 ? { names } : ("required" as const);
  const isJson = config["responseMimeType"] === "application/json";
  const maxTokens = config["maxOutputTokens"];
  return {
    model,
    prompt: promptOf(body),
    tools: declarationsOf(body).map(({ name, parameters, parametersJsonSchema }) => ({
      name: textOr(name),
      schema: parameters ?? parametersJsonSchema,
    })),
    choice: mode === "ANY" ? wanted : mode === "NONE" ? "none" : "auto",
    parallel: true,
    ...(isJson ? { json: { schema: config["responseSchema"] ?? config["responseJsonSchema"] } } : {}),
    reasoningWords: thinkingWords(body, model),
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    stops: listOr(config["stopSequences"]).map(String),
  };
};
