import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, ReasoningWish, Sampling } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFamily } from "./model-family.ts";
import { lookUp } from "../../look-up.ts";

const leastBudget = 1_024;

/** The share of an answer that its thoughts may take. */
const shareOfEffort = {
  minimal: 0,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.9,
  max: 0.95,
} as const;

const usualEffort = "medium";

export interface Thinking {
  /** Fields of the request. */
  fields: JsonObject;
  /** For `output_config`. */
  effort: string | undefined;
  on: boolean;
}

const off: Thinking = { fields: {}, effort: undefined, on: false };

interface ThinkingArgs {
  request: GenerationRequest;
  family: ModelFamily;
  maxTokens: number;
  notes: TranslationNotes;
  /** See `Conversation.lacksThoughts`. */
  lacksThoughts: boolean;
  /** A tool has to be called, whatever the caller said. */
  mustCall: boolean;
}

/** Thoughts are counted into the answer, so that a budget has to leave room in it. */
const byBudget = (wish: ReasoningWish, { maxTokens, lacksThoughts, notes }: ThinkingArgs): Thinking => {
  if (lacksThoughts) {
    notes.lost("reasoning_effort", "the turn was begun without thoughts that this provider has signed");
    return off;
  }
  const { effort = usualEffort } = wish;
  const known = lookUp(shareOfEffort, effort);
  if (known === undefined) notes.lost("reasoning_effort", `it is not known, and was taken for ${usualEffort}`);
  const share = known ?? shareOfEffort[usualEffort];
  const wished = wish.budgetTokens ?? Math.round(maxTokens * share);
  if (maxTokens <= leastBudget) {
    notes.lost(
      "reasoning_effort",
      `this model thinks with ${leastBudget} tokens at least, which an answer of ${maxTokens} has no room for`,
    );
    return off;
  }
  const budget = Math.min(Math.max(wished, leastBudget), maxTokens - 1);
  if (wish.budgetTokens !== undefined && budget !== wish.budgetTokens) {
    notes.lost(
      "thinking.budget_tokens",
      `set to ${budget}, which is between ${leastBudget} and the length of the answer`,
    );
  }
  return { fields: { thinking: { type: "enabled", budget_tokens: budget } }, effort: undefined, on: true };
};

const knownEfforts = new Set(["low", "medium", "high"]);

const effortFor = (effort: string | undefined, { family, notes }: ThinkingArgs): string | undefined => {
  if (effort === undefined || knownEfforts.has(effort) || family.efforts.has(effort)) return effort;
  if (effort === "minimal") return "low";
  notes.lost("reasoning_effort", `\`${effort}\` is not known to this model; it was left at \`high\``);
  return "high";
};

const byEffort = (wish: ReasoningWish, args: ThinkingArgs): Thinking => {
  if (wish.budgetTokens !== undefined) {
    args.notes.lost("thinking.budget_tokens", "this model decides itself how much it thinks");
  }
  // The newest ones keep their thoughts to themselves unless they are asked for them.
  const display = wish.visible === true && !args.family.samples ? { display: "summarized" } : {};
  return {
    fields: { thinking: { type: "adaptive", ...display } },
    effort: effortFor(wish.effort, args),
    on: true,
  };
};

const withoutThinking = ({ family, notes }: ThinkingArgs): Thinking => {
  if (!family.thinksByDefault) return off;
  if (family.thinking !== "always") return { ...off, fields: { thinking: { type: "disabled" } } };
  notes.lost("reasoning_effort", "this model always thinks; it was asked for as little as possible");
  return { ...off, effort: "low", on: true };
};

/** How the model is told to think, as its family wants to be told. */
export const writeThinking = (args: ThinkingArgs): Thinking => {
  const { request, family, notes } = args;
  const wish = request.reasoning;
  if (wish === undefined) return { ...off, on: family.thinksByDefault };
  if (wish.disabled === true || wish.effort === "none") return withoutThinking(args);
  if (family.thinking === "none") {
    notes.lost("reasoning_effort", "this model does not think before it answers");
    return off;
  }
  // Only who may also answer without a tool may think before.
  const { toolChoice } = request;
  if (args.mustCall || toolChoice?.type === "required" || toolChoice?.type === "tool") {
    notes.lost("reasoning_effort", "this model cannot be made to call a tool and think before");
    return withoutThinking(args);
  }
  return family.thinking === "budget" ? byBudget(wish, args) : byEffort(wish, args);
};

const named = [
  ["temperature", "temperature"],
  ["topP", "top_p"],
  ["topK", "top_k"],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/** Stop texts that the provider takes: one of white space alone it refuses. */
const writeStops = (stop: readonly string[] | undefined, notes: TranslationNotes): JsonObject => {
  if (stop === undefined) return {};
  const kept = stop.filter((text) => text.trim() !== "");
  if (kept.length < stop.length) notes.lost("stop", "texts of white space alone are not taken by this provider");
  return kept.length === 0 ? {} : { stop_sequences: kept };
};

const lostSampling = (sampling: Sampling, notes: TranslationNotes): void => {
  const why = "this provider has nothing like it";
  if (sampling.seed !== undefined) notes.lost("seed", why);
  if (sampling.presencePenalty !== undefined && sampling.presencePenalty !== 0) notes.lost("presence_penalty", why);
  if (sampling.frequencyPenalty !== undefined && sampling.frequencyPenalty !== 0) notes.lost("frequency_penalty", why);
  if (sampling.topLogprobs !== undefined) notes.lost("logprobs", why);
};

/** Temperature and its like, which the provider takes from 0 to 1, one at a time, and not from a model that thinks. */
export const writeSampling = (
  sampling: Sampling,
  { family, thinks, notes }: { family: ModelFamily; thinks: boolean; notes: TranslationNotes },
): JsonObject => {
  lostSampling(sampling, notes);
  const stops = writeStops(sampling.stop, notes);
  if (!family.samples || thinks) {
    const why = family.samples ? "it cannot be chosen while the model thinks" : "it cannot be chosen for this model";
    for (const [name, field] of named) if (sampling[name] !== undefined) notes.lost(field, why);
    return stops;
  }
  const { temperature, topP, topK } = sampling;
  if (temperature !== undefined && temperature > 1)
    notes.lost("temperature", "set to 1, the highest for this provider");
  if (temperature !== undefined && topP !== undefined) {
    notes.lost("top_p", "this provider takes it or `temperature`, not both");
  }
  return {
    ...stops,
    ...(temperature === undefined ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === undefined || temperature !== undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
  };
};
