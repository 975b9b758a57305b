import type { PricesNow } from "../usage/usage.module.ts";
import type { KnownModel } from "./known-models.ts";
import { longerAnswer } from "./model/ask-model.ts";
import { mostCandidateTokens, roomForThought } from "./model/plan-question.ts";
import { answerTokensOf } from "./model/tuned-prompt.ts";

interface EstimateInput {
  model: Pick<KnownModel, "isOwn" | "contextTokens">;
  price: ReturnType<Awaited<ReturnType<PricesNow>>>;
  characters: number;
  /** By the setting: more of a text is not shown. */
  textTokens: number;
}

const charactersPerToken = 4;
/** A million tokens at so many US dollars cost this many nano-USD each. */
const nanoUsdPerToken = (usdPerMillion: number): number => usdPerMillion * 1_000;

const mostQuestions = 2;
const usualTags = 10;
/** Tokens beside the text: instructions and a list of tags, which the schema of the answer may hold once more. */
const ownFrameTokens = { low: 60, expected: 60, high: 60 };
const hostedFrameTokens = { low: 700, expected: 700, high: 700 + 2 * mostCandidateTokens };
/**
 * Answers that think take more than the tags. An answer that cannot be read is asked for once more, with more room where it
 * was cut off: the highest is the mean of both, since a budget is held by it.
 */
const hostedAnswerTokens = {
  low: 40,
  expected: 120,
  high: (roomForThought * (1 + longerAnswer)) / mostQuestions,
};
/** By how much the rule of thumb for tokens errs in other languages than English; each sign of Chinese is one. */
const textSpread = { low: 0.8, expected: 1, high: charactersPerToken };

/** What a document of so many characters may cost, integer nano-USD; null when the model has no price. */
export function estimateCost({ model, price, characters, textTokens }: EstimateInput) {
  const { inputUsdPerMillion, outputUsdPerMillion } = price;
  if (inputUsdPerMillion === null || outputUsdPerMillion === null) return null;
  const frame = model.isOwn ? ownFrameTokens : hostedFrameTokens;
  const own = answerTokensOf(usualTags);
  const answer = model.isOwn ? { low: own / 4, expected: own / 2, high: own } : hostedAnswerTokens;
  const most = model.contextTokens ?? Infinity;
  const costOf = (kind: "low" | "expected" | "high", questions: number): number => {
    const text = Math.min((characters / charactersPerToken) * textSpread[kind], textTokens);
    const input = Math.min(frame[kind] + text, most);
    const cost = input * nanoUsdPerToken(inputUsdPerMillion) + answer[kind] * nanoUsdPerToken(outputUsdPerMillion);
    return Math.ceil(cost * questions);
  };
  return { low: costOf("low", 1), expected: costOf("expected", 1), high: costOf("high", mostQuestions) };
}
