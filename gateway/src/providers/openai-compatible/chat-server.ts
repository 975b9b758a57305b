import type { TranslationNotes } from "../../conversation/notes.ts";
import type { ReasoningWish, Sampling } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import type { TranslationArgs } from "../provider.ts";

/** What servers of the chat dialect differ in. */
export interface ChatServer {
  /** Which addresses of media are fetched before; see `GenerationAdapter`. */
  inlinesMedia: false | ((url: string) => boolean);
  /** The field that bounds the tokens of one answer. */
  outputField: "max_tokens" | "max_completion_tokens";
  /** The field that names the person behind the request. */
  endUserField: "user" | "safety_identifier";
  /** Whether thoughts of earlier turns are taken back, as `reasoning_content`. */
  takesThoughts: boolean;
  /** The sampling that the model takes; tells what it does not. */
  sampling(wanted: Sampling, model: string, notes: TranslationNotes): Sampling;
  /** The fields for a wish about reasoning; tells what cannot be said. */
  reasoning(wish: ReasoningWish, model: string, notes: TranslationNotes): JsonObject;
  /** Fields of a request in the dialect that the server has other words for; a field that is undefined is left out. */
  changedFields(args: TranslationArgs): JsonObject;
}

/** Words for a number of tokens to think with. */
export const effortOfBudget = (budgetTokens: number): string => {
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
};
