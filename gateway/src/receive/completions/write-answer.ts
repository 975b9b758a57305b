import type { Block, Generation } from "../../conversation/answer.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { JsonObject } from "../../json.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import { answerFrame, writeFinishReason } from "../chat-completions/answer-terms.ts";
import { writeUsage } from "../chat-completions/write-usage.ts";
import type { AnswerFrame } from "../generation-dialect.ts";

/** Whether a block belongs to the text of a completion; for other blocks the dialect has no word. */
export const isCompletionText = (block: Block): block is Extract<Block, { type: "text" | "refusal" }> =>
  block.type === "text" || block.type === "refusal";

/** A whole answer as a text completion. */
export const writeCompletionAnswer = (
  frame: AnswerFrame,
  { choices }: Generation,
  usage: MeasuredUsage,
  notes: TranslationNotes,
): JsonObject => ({
  ...answerFrame(frame, "cmpl", "text_completion"),
  choices: choices.map(({ blocks, finish }, index) => {
    if (!blocks.every(isCompletionText)) notes.lost("choices", "only the text of the answer is told");
    const text = blocks
      .filter(isCompletionText)
      .map((block) => block.text)
      .join("");
    return { index, text, logprobs: null, finish_reason: writeFinishReason(finish) };
  }),
  usage: writeUsage(usage.counts),
});
