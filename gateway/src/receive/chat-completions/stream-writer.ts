import type { Block, FinishReason, GenerationEvent } from "../../conversation/answer.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { Signature } from "../../conversation/request.ts";
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import type { AnswerFrame, GenerationWriter } from "../generation-dialect.ts";
import { openAiErrorBody } from "../openai-errors.ts";
import { answerFrame, argumentsOrEmpty, writeFinishReason, writeImage } from "./answer-terms.ts";
import { writeExtraContent, writeReasoningDetail } from "./extra-content.ts";
import { speaksOfFunctions } from "./read-tools.ts";
import { writeUsage } from "./write-usage.ts";

/** A block that has begun and not ended. */
interface OpenBlock {
  content: Block;
  /** Place among the blocks of its kind in the choice: the index of a tool call, a picture or a thought. */
  index: number;
  /** What has to be sent in one piece at the end: the bytes of a picture, the text of a thought. */
  held: string;
  isEmpty: boolean;
  signature: Signature | undefined;
}

/** What was written of one choice. */
class ChoiceState {
  readonly blocks = new Map<number, OpenBlock>();
  readonly #counts = new Map<Block["type"], number>();
  hasRole = false;

  open(block: number, content: Block): OpenBlock {
    const index = this.#counts.get(content.type) ?? 0;
    this.#counts.set(content.type, index + 1);
    const signature = "signature" in content ? content.signature : undefined;
    const opened: OpenBlock = { content, index, held: "", isEmpty: true, signature };
    this.blocks.set(block, opened);
    return opened;
  }
}

const textOf = (content: Block): string => {
  if (content.type === "tool-call") return content.arguments;
  return content.type === "image" ? content.data : content.text;
};

/** Writes the chunks of a streamed chat completion. Calls keep their index, however their fragments are mixed. */
export class ChatStreamWriter implements GenerationWriter {
  readonly #head: JsonObject;
  readonly #includeUsage: boolean;
  readonly #asFunction: boolean;
  readonly #notes: TranslationNotes;
  readonly #choices = new Map<number, ChoiceState>();

  constructor(frame: AnswerFrame, notes: TranslationNotes) {
    this.#head = answerFrame(frame, "chatcmpl", "chat.completion.chunk");
    this.#includeUsage = frame.call.includeUsage;
    this.#asFunction = speaksOfFunctions(frame.call.body);
    this.#notes = notes;
  }

  write(event: GenerationEvent): string {
    switch (event.type) {
      case "start":
        return this.#delta(0, {});
      case "usage":
        return "";
      case "finish":
        return this.#finish(event.choice, event.reason);
      case "block-start":
        return this.#start(event.choice, this.#choice(event.choice).open(event.block, event.content));
      case "delta":
      case "signature":
      case "block-end":
        return this.#continue(event);
    }
  }

  close(usage: MeasuredUsage): string {
    const counts = this.#includeUsage ? this.#chunk([], writeUsage(usage.counts)) : "";
    return `${counts}data: [DONE]\n\n`;
  }

  fail(error: GatewayError): string {
    return `data: ${JSON.stringify(openAiErrorBody(error))}\n\n`;
  }

  #continue(event: Extract<GenerationEvent, { block: number; type: "delta" | "signature" | "block-end" }>): string {
    const choice = this.#choice(event.choice);
    const block = choice.blocks.get(event.block);
    if (block === undefined) return "";
    if (event.type === "delta") return this.#piece(event.choice, block, event.delta);
    if (event.type === "signature") {
      block.signature = event.signature;
      return "";
    }
    choice.blocks.delete(event.block);
    return this.#end(event.choice, block);
  }

  #start(choice: number, block: OpenBlock): string {
    const { content, index } = block;
    const begin = (): string => {
      if (content.type !== "tool-call") return "";
      const { id, name } = content;
      if (!this.#asFunction) {
        return this.#delta(choice, {
          tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }],
        });
      }
      if (index > 0) this.#notes.lost("function_call", "only the first of several calls is told");
      return index > 0 ? "" : this.#delta(choice, { function_call: { name, arguments: "" } });
    };
    return begin() + this.#piece(choice, block, textOf(content));
  }

  #piece(choice: number, block: OpenBlock, text: string): string {
    if (text === "") return "";
    block.isEmpty = false;
    switch (block.content.type) {
      case "text":
        return this.#delta(choice, { content: text });
      case "refusal":
        return this.#delta(choice, { refusal: text });
      case "reasoning":
        block.held += text;
        return this.#delta(choice, { reasoning_content: text });
      case "tool-call":
        return this.#arguments(choice, block, text);
      case "image":
        block.held += text;
        return "";
    }
  }

  #arguments(choice: number, { index }: OpenBlock, text: string, more: JsonObject = {}): string {
    if (!this.#asFunction) {
      return this.#delta(choice, { tool_calls: [{ index, function: { arguments: text }, ...more }] });
    }
    return index > 0 ? "" : this.#delta(choice, { function_call: { arguments: text }, ...more });
  }

  #end(choice: number, block: OpenBlock): string {
    const { content, index, held, isEmpty, signature } = block;
    if (content.type === "image") {
      return this.#delta(choice, { images: [writeImage(content.mediaType, held, index)] });
    }
    if (content.type === "tool-call") {
      if (!isEmpty && signature === undefined) return "";
      const rest = isEmpty ? argumentsOrEmpty("") : "";
      return this.#arguments(choice, block, rest, signature === undefined ? {} : writeExtraContent(signature));
    }
    if (signature === undefined || content.type === "refusal") return "";
    if (content.type === "text") return this.#delta(choice, writeExtraContent(signature));
    const thought = { text: held, redacted: content.redacted === true };
    return this.#delta(choice, { reasoning_details: [writeReasoningDetail(thought, signature, index)] });
  }

  #finish(choice: number, reason: FinishReason): string {
    const name = reason === "tool-calls" && this.#asFunction ? "function_call" : writeFinishReason(reason);
    const role = this.#choice(choice).hasRole ? "" : this.#delta(choice, {});
    return role + this.#chunk([{ index: choice, delta: {}, logprobs: null, finish_reason: name }]);
  }

  #choice(index: number): ChoiceState {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new ChoiceState();
    this.#choices.set(index, choice);
    return choice;
  }

  /** A piece of a choice; before the first one, who speaks. */
  #delta(choice: number, delta: JsonObject): string {
    const state = this.#choice(choice);
    const piece = (content: JsonObject): string =>
      this.#chunk([{ index: choice, delta: content, logprobs: null, finish_reason: null }]);
    const role = state.hasRole ? "" : piece({ role: "assistant", content: "", refusal: null });
    state.hasRole = true;
    return Object.keys(delta).length === 0 ? role : role + piece(delta);
  }

  #chunk(choices: readonly JsonObject[], usage: JsonObject | null = null): string {
    const chunk = { ...this.#head, choices, ...(this.#includeUsage ? { usage } : {}) };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}
