import type { Behaviour } from "../behaviour.ts";
import { numberOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import type { FakeRequest, Reply } from "../reply.ts";
import { countTokens } from "../tokens.ts";
import { billed, inputTokens, usageOf } from "../usage.ts";
import { vectorOf } from "../vectors.ts";
import { check, invalid } from "./errors.ts";
import { checkModel } from "./models.ts";
import { partsOf } from "./rules.ts";
import { BatchEmbedRequest, EmbedRequest } from "./schemas.ts";

const fullLength = 3072;

const textOf = (one: JsonObject): string =>
  partsOf(one["content"])
    .map(({ text }) => textOr(text))
    .join("\n");

const embeddingOf = (one: JsonObject, model: string): { values: number[] } => {
  const dimensions = numberOr(one["outputDimensionality"], fullLength);
  if (dimensions > fullLength) throw invalid(`output_dimensionality must be at most ${fullLength}.`);
  if (textOf(one) === "") throw invalid("* EmbedContentRequest.content: content is empty\n");
  return { values: vectorOf(`${model} ${textOf(one)}`, dimensions) };
};

/** `:embedContent` and `:batchEmbedContents`. */
export const embedContent = ({ body }: FakeRequest, model: string, behaviour: Behaviour, isBatch: boolean): Reply => {
  check(isBatch ? BatchEmbedRequest : EmbedRequest, body);
  checkModel(model, isBatch ? "batchEmbedContents" : "embedContent");
  const all = isBatch ? objectsOr(body["requests"]) : [body];
  const stranger = all.find((one) => one["model"] !== undefined && one["model"] !== `models/${model}`);
  if (stranger !== undefined) throw invalid("All requests in a batch must be for the model that the address names.");
  const embeddings = all.map((one) => embeddingOf(one, model));
  const inputUncached = all.reduce((sum, one) => sum + countTokens(textOf(one)), 0);
  const usage = billed(usageOf({ inputUncached }), behaviour);
  const report = behaviour.usage === "none" ? {} : { usageMetadata: { promptTokenCount: inputTokens(usage) } };
  const answer = isBatch ? { embeddings } : { embedding: embeddings[0] };
  return { kind: "json", usage, body: { ...answer, ...report }, reportsUsage: behaviour.usage !== "none" };
};
