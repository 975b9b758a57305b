import { modelNotFound } from "./errors.ts";

/** What `GET /v1/models` lists; names of these families that are not listed are answered, too. */
export const listedModels = [
  "gpt-5.2",
  "gpt-5",
  "gpt-5-mini",
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-4o",
  "gpt-4o-mini",
  "o3",
  "o4-mini",
  "gpt-3.5-turbo",
  "gpt-3.5-turbo-instruct",
  "text-embedding-3-small",
  "text-embedding-3-large",
  "text-embedding-ada-002",
  "gpt-image-1",
  "dall-e-3",
  "sora-2",
];

const family = /^(ft:)?(gpt-|chatgpt-|o\d|davinci-|babbage-|text-embedding-|dall-e-|sora-)/;

/** Names with `missing` in them exist nowhere. */
export const checkModel = (model: string): void => {
  if (!family.test(model) || model.includes("missing")) throw modelNotFound(model);
};

export const isReasoningModel = (model: string): boolean => /^(o\d|gpt-5(?!.*chat))/.test(model);

const words: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 4,
  low: 8,
  medium: 16,
  high: 32,
  xhigh: 64,
  max: 128,
};

/** Words, and so tokens, of hidden reasoning by effort; medium when nothing is said. */
export const reasoningWords = (model: string, effort: unknown): number =>
  isReasoningModel(model) ? (words[typeof effort === "string" ? effort : "medium"] ?? 0) : 0;
