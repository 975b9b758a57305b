import type { ModelRoute } from "@llm-tuner/contract/model-routes.ts";

type Steps = ModelRoute["steps"];

/** `80 %`, `33.3 %`: at most one decimal, and never nothing for something. */
export const shareText = (share: number): string => {
  const percent = Math.round(share * 1000) / 10;
  return percent === 0 && share > 0 ? "< 0.1 %" : `${percent} %`;
};

/** The models of a step with the part of its calls that each gets, from 0 to 1. */
export const sharesOf = (targets: Steps[number]): { model: string; share: number }[] => {
  const sum = targets.reduce((total, { weight }) => total + weight, 0);
  return targets.map(({ model, weight }) => ({ model, share: weight / sum }));
};

const stepText = (targets: Steps[number]): string =>
  targets.length === 1
    ? targets.map(({ model }) => model).join("")
    : sharesOf(targets)
        .map(({ model, share }) => `${shareText(share)} ${model}`)
        .join(", ");

/** `first 80 % a, 20 % b; then c`. */
export const orderText = (steps: Steps): string =>
  steps
    .map((targets, index) => (steps.length === 1 ? "" : index === 0 ? "first " : "then ") + stepText(targets))
    .join("; ");
