import type { Block, FinishReason, GenerationEvent } from "../../conversation/answer.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { Signature } from "../../conversation/request.ts";
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { laterUsage, noUsage, type MeasuredUsage, type Usage } from "../../meter/usage.ts";
import type { AnswerFrame, GenerationWriter } from "../generation-dialect.ts";
import { anthropicErrorEvent, serverEvent } from "./errors.ts";
import { writeSignature } from "./signatures.ts";
import { messageId, writeBlock, writeFrame, writeStop, writeUsage } from "./write-parts.ts";

/** A block that is not written yet, or not to its end. */
interface PendingBlock {
  content: Exclude<Block, { type: "image" }>;
  /** What came while another block was open. */
  deltas: string[];
  signature: Signature | undefined;
  ended: boolean;
  /** Its number in the client's answer; undefined until it has begun there. */
  index: number | undefined;
}

const deltaOf = ({ type }: PendingBlock["content"], text: string): JsonObject => {
  if (type === "reasoning") return { type: "thinking_delta", thinking: text };
  return type === "tool-call" ? { type: "input_json_delta", partial_json: text } : { type: "text_delta", text };
};

const textOf = (content: PendingBlock["content"]): string =>
  content.type === "tool-call" ? content.arguments : content.text;

/** The block as it begins, without what its deltas bring. */
const beginningOf = (content: PendingBlock["content"]): JsonObject | undefined => {
  if (content.type === "tool-call") return writeBlock({ ...content, arguments: "" });
  if (content.type !== "reasoning") return { type: "text", text: "", citations: null };
  return content.redacted === true ? writeBlock(content) : { type: "thinking", thinking: "", signature: "" };
};

/**
 * Writes a stream of the Messages API. Its blocks come one after the other, while those of a provider may be
 * interleaved: what belongs to a block is kept until the blocks that began before it have ended.
 */
export class MessageStreamWriter implements GenerationWriter {
  readonly #frame: AnswerFrame;
  readonly #notes: TranslationNotes;
  /** In the order in which they began; the first one is being written. */
  readonly #pending = new Map<number, PendingBlock>();
  #begun = 0;
  #started = false;
  #usage: Usage | undefined;
  #finish: { finish: FinishReason; stopSequence?: string } = { finish: "stop" };

  constructor(frame: AnswerFrame, notes: TranslationNotes) {
    this.#frame = frame;
    this.#notes = notes;
  }

  write(event: GenerationEvent): string {
    if (event.type === "start") return this.#start();
    if (event.type === "usage") {
      this.#usage = laterUsage(this.#usage, event.usage);
      return "";
    }
    // The dialect has one answer to a request.
    return event.choice === 0 ? this.#start() + this.#writeChoice(event) : "";
  }

  close({ counts }: MeasuredUsage): string {
    const { stop_reason, stop_sequence, stop_details } = writeStop(this.#finish);
    const delta = { stop_reason, stop_sequence, stop_details, container: null };
    return (
      this.#start() +
      this.#flush(true) +
      serverEvent("message_delta", { delta, usage: writeUsage(counts) }) +
      serverEvent("message_stop", {})
    );
  }

  fail(error: GatewayError): string {
    return anthropicErrorEvent(error, this.#frame.requestId);
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const { requestId, call } = this.#frame;
    const usage = this.#usage ?? noUsage;
    const message = writeFrame({ id: messageId(requestId), model: call.model, usage });
    return serverEvent("message_start", { message }) + serverEvent("ping", {});
  }

  #writeChoice(event: Exclude<GenerationEvent, { type: "usage" | "start" }>): string {
    switch (event.type) {
      case "block-start":
        this.#begin(event.block, event.content);
        return this.#flush(false);
      case "delta":
        this.#pending.get(event.block)?.deltas.push(event.delta);
        return this.#flush(false);
      case "signature": {
        const block = this.#pending.get(event.block);
        if (block !== undefined) block.signature = event.signature;
        return "";
      }
      case "block-end": {
        const block = this.#pending.get(event.block);
        if (block !== undefined) block.ended = true;
        return this.#flush(false);
      }
      case "finish":
        this.#finish = {
          finish: event.reason,
          ...(event.stopSequence === undefined ? {} : { stopSequence: event.stopSequence }),
        };
        return "";
    }
  }

  #begin(number: number, content: Block): void {
    if (content.type === "image") {
      this.#notes.lost("content", "pictures have no place in the answers of the Messages API");
      return;
    }
    const text = textOf(content);
    const signature = content.type === "refusal" ? undefined : content.signature;
    this.#pending.set(number, {
      content,
      deltas: text === "" ? [] : [text],
      signature,
      ended: false,
      index: undefined,
    });
  }

  /** Writes the block that is open, and those after it whose turn has come; `all` of them at the end of the answer. */
  #flush(all: boolean): string {
    let text = "";
    for (const [number, block] of this.#pending) {
      text += this.#writeDeltas(block);
      if (!block.ended && !all) break;
      text += this.#end(block);
      this.#pending.delete(number);
    }
    return text;
  }

  #writeDeltas(block: PendingBlock): string {
    const delta = block.deltas.join("");
    block.deltas = [];
    // A text without a character would be refused when the client sends it back.
    const isText = block.content.type === "text" || block.content.type === "refusal";
    if (isText && delta === "") return "";
    let text = this.#open(block);
    if (delta !== "" && !isRedacted(block)) {
      text += serverEvent("content_block_delta", { index: block.index, delta: deltaOf(block.content, delta) });
    }
    return text;
  }

  #open(block: PendingBlock): string {
    if (block.index !== undefined) return "";
    // Of thoughts that only their provider can read, the signature is all there is.
    if (isRedacted(block) && block.signature === undefined && !block.ended) return "";
    block.index = this.#begun;
    this.#begun += 1;
    const { index, signature } = block;
    const content = isRedacted(block) && signature !== undefined ? { ...block.content, signature } : block.content;
    return serverEvent("content_block_start", { index, content_block: beginningOf(content) });
  }

  #end(block: PendingBlock): string {
    const isOpen = block.index !== undefined;
    if (!isOpen) return "";
    let text = "";
    if (block.content.type === "reasoning" && !isRedacted(block) && block.signature !== undefined) {
      const delta = { type: "signature_delta", signature: writeSignature(block.signature) };
      text += serverEvent("content_block_delta", { index: block.index, delta });
    }
    return text + serverEvent("content_block_stop", { index: block.index });
  }
}

const isRedacted = ({ content }: PendingBlock): boolean => content.type === "reasoning" && content.redacted === true;
