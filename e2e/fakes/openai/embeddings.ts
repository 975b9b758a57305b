import type { Behaviour } from "../behaviour.ts";
import { numberOr, textOr } from "../json.ts";
import type { FakeRequest, Reply } from "../reply.ts";
import { billed, inputTokens, usageOf } from "../usage.ts";
import { vectorOf } from "../vectors.ts";
import { promptsOf } from "./completions.ts";
import { check, invalid } from "./errors.ts";
import { checkModel } from "./models.ts";
import { EmbeddingsRequest } from "./schemas.ts";

const base64Of = (vector: readonly number[]): string =>
  Buffer.from(Float32Array.from(vector).buffer).toString("base64");

/** `POST /v1/embeddings`. */
export const embeddings = ({ body }: FakeRequest, behaviour: Behaviour): Reply => {
  check(EmbeddingsRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  const full = model.includes("large") ? 3072 : 1536;
  if (body["dimensions"] !== undefined && !model.includes("-3-")) {
    throw invalid("This model does not support specifying dimensions.", "dimensions");
  }
  const dimensions = numberOr(body["dimensions"], full);
  if (dimensions > full)
    throw invalid(
      `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${full}.`,
      "dimensions",
    );
  const texts = promptsOf(body["input"]);
  const usage = billed(usageOf({ inputUncached: texts.reduce((sum, { tokens }) => sum + tokens, 0) }), behaviour);
  const data = texts.map(({ text }, index) => {
    const vector = vectorOf(`${model} ${text}`, dimensions);
    return { object: "embedding", index, embedding: body["encoding_format"] === "base64" ? base64Of(vector) : vector };
  });
  const counted = { prompt_tokens: inputTokens(usage), total_tokens: inputTokens(usage) };
  const report = behaviour.usage === "none" ? {} : { usage: counted };
  return {
    kind: "json",
    usage,
    body: { object: "list", data, model, ...report },
    reportsUsage: behaviour.usage !== "none",
  };
};
