import type { TranslationNotes } from "../../conversation/notes.ts";
import type { ReasoningWish } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFamily } from "./model-family.ts";

/** The model decides itself. */
const dynamicBudget = -1;

/** Tokens that Google's own interface for OpenAI's clients puts in place of the words. */
const budgetOfEffort: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
};

const levelOfEffort: Readonly<Record<string, string>> = {
  none: "MINIMAL",
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
};

/** What the models of the family 2.5 take. */
const budgetBounds: Readonly<Record<ModelFamily["tier"], { least: number; most: number; mayBeOff: boolean }>> = {
  pro: { least: 128, most: 32_768, mayBeOff: false },
  flash: { least: 0, most: 24_576, mayBeOff: true },
  "flash-lite": { least: 512, most: 24_576, mayBeOff: true },
};

/** Words beyond Gemini's own, such as `xhigh`, mean as much as it can. */
const knownEffort = (effort: string, notes: TranslationNotes): string => {
  if (Object.hasOwn(levelOfEffort, effort)) return effort;
  notes.lost("reasoning_effort", "Gemini does not know this effort, high was sent");
  return "high";
};

const levelOf = (effort: string, { tier }: ModelFamily, notes: TranslationNotes): string => {
  const level = levelOfEffort[knownEffort(effort, notes)] ?? "HIGH";
  if (level !== "MINIMAL") return level;
  if (tier === "pro") {
    notes.lost("reasoning_effort", "this model thinks at least a little, low was sent");
    return "LOW";
  }
  if (effort === "none") notes.lost("reasoning_effort", "this model always thinks, minimal was sent");
  return level;
};

const clampedBudget = (budget: number, { tier }: ModelFamily, notes: TranslationNotes): number => {
  const { least, most, mayBeOff } = budgetBounds[tier];
  if (budget === dynamicBudget || (budget === 0 && mayBeOff)) return budget;
  const clamped = Math.max(least, Math.min(most, budget));
  if (clamped !== budget)
    notes.lost("reasoning", `this model thinks within ${least} to ${most} tokens, ${clamped} were sent`);
  return clamped;
};

const amountOf = (wish: ReasoningWish, family: ModelFamily, notes: TranslationNotes): JsonObject => {
  const effort = wish.disabled === true ? "none" : wish.effort;
  if (family.isThird) {
    if (effort !== undefined) return { thinkingLevel: levelOf(effort, family, notes) };
    return wish.budgetTokens === undefined ? {} : { thinkingBudget: wish.budgetTokens };
  }
  const asked = wish.disabled === true ? undefined : wish.budgetTokens;
  if (asked !== undefined) return { thinkingBudget: clampedBudget(asked, family, notes) };
  if (effort !== undefined) {
    return { thinkingBudget: clampedBudget(budgetOfEffort[knownEffort(effort, notes)] ?? 0, family, notes) };
  }
  return wish.adaptive === true ? { thinkingBudget: dynamicBudget } : {};
};

/** `thinkingConfig`: words for Gemini 3 and later, tokens for 2.5; undefined when nothing is wished. */
export const thinkingConfig = (
  wish: ReasoningWish | undefined,
  family: ModelFamily,
  notes: TranslationNotes,
): JsonObject | undefined => {
  if (wish === undefined) return undefined;
  if (!family.thinks) {
    if (wish.disabled !== true && wish.effort !== "none") notes.lost("reasoning", "this model does not think");
    return undefined;
  }
  const config = {
    ...amountOf(wish, family, notes),
    ...(wish.visible === undefined ? {} : { includeThoughts: wish.visible }),
  };
  return Object.keys(config).length === 0 ? undefined : config;
};
