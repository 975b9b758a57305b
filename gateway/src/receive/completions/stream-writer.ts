import type { GenerationEvent } from "../../conversation/answer.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import { answerFrame, writeFinishReason } from "../chat-completions/answer-terms.ts";
import { writeUsage } from "../chat-completions/write-usage.ts";
import type { AnswerFrame, GenerationWriter } from "../generation-dialect.ts";
import { openAiErrorBody } from "../openai-errors.ts";
import { isCompletionText } from "./write-answer.ts";

/** Writes the chunks of a streamed text completion. */
export class CompletionStreamWriter implements GenerationWriter {
  readonly #head: JsonObject;
  readonly #includeUsage: boolean;
  readonly #notes: TranslationNotes;
  /** Blocks whose pieces are text, by choice and block. */
  readonly #texts = new Set<string>();
  #toldLoss = false;

  constructor(frame: AnswerFrame, notes: TranslationNotes) {
    this.#head = answerFrame(frame, "cmpl", "text_completion");
    this.#includeUsage = frame.call.includeUsage;
    this.#notes = notes;
  }

  write(event: GenerationEvent): string {
    switch (event.type) {
      case "block-start": {
        if (!isCompletionText(event.content)) return this.#lose();
        this.#texts.add(`${event.choice} ${event.block}`);
        return this.#piece(event.choice, event.content.text);
      }
      case "delta":
        return this.#texts.has(`${event.choice} ${event.block}`) ? this.#piece(event.choice, event.delta) : "";
      case "finish":
        return this.#choice(event.choice, "", writeFinishReason(event.reason));
      case "start":
      case "usage":
      case "signature":
      case "block-end":
        return "";
    }
  }

  close(usage: MeasuredUsage): string {
    const counts = this.#includeUsage ? this.#chunk([], writeUsage(usage.counts)) : "";
    return `${counts}data: [DONE]\n\n`;
  }

  fail(error: GatewayError): string {
    return `data: ${JSON.stringify(openAiErrorBody(error))}\n\n`;
  }

  #lose(): string {
    if (!this.#toldLoss) this.#notes.lost("choices", "only the text of the answer is told");
    this.#toldLoss = true;
    return "";
  }

  #piece(choice: number, text: string): string {
    return text === "" ? "" : this.#choice(choice, text, null);
  }

  #choice(index: number, text: string, finish_reason: string | null): string {
    return this.#chunk([{ index, text, logprobs: null, finish_reason }]);
  }

  #chunk(choices: readonly JsonObject[], usage: JsonObject | null = null): string {
    const chunk = { ...this.#head, choices, ...(this.#includeUsage ? { usage } : {}) };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}
