import type { Block, FinishReason, GenerationEvent } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import type { AnswerFrame, GenerationWriter } from "../generation-dialect.ts";
import {
  endOf,
  itemIdOf,
  itemOf,
  outputTextPart,
  refusalPart,
  responseObject,
  summaryPart,
  usageObject,
} from "./write-items.ts";

interface OpenItem {
  /** With its content so far. */
  block: Block;
  id: string;
  /** Its place in the output. */
  index: number;
}

/** Names of a block's events: of its deltas, of its whole content, and where that content stands in the item. */
const contentEvents = {
  text: { stem: "response.output_text", whole: "text", place: { content_index: 0 }, logprobs: true },
  refusal: { stem: "response.refusal", whole: "refusal", place: { content_index: 0 }, logprobs: false },
  reasoning: {
    stem: "response.reasoning_summary_text",
    whole: "text",
    place: { summary_index: 0 },
    logprobs: false,
  },
  "tool-call": { stem: "response.function_call_arguments", whole: "arguments", place: {}, logprobs: false },
} as const;

const partOf = (block: Block, text: string): { kind: string; part: JsonObject } | undefined => {
  if (block.type === "text") return { kind: "response.content_part", part: outputTextPart(text) };
  if (block.type === "refusal") return { kind: "response.content_part", part: refusalPart(text) };
  if (block.type === "reasoning") return { kind: "response.reasoning_summary_part", part: summaryPart(text) };
  return undefined;
};

const contentOf = (block: Block): string => {
  if (block.type === "tool-call") return block.arguments;
  return block.type === "image" ? block.data : block.text;
};

const withDelta = (block: Block, delta: string): Block => {
  if (block.type === "tool-call") return { ...block, arguments: block.arguments + delta };
  return block.type === "image" ? { ...block, data: block.data + delta } : { ...block, text: block.text + delta };
};

/**
 * A streamed response: numbered events, each named in its `event` line, of which the last one holds the whole response.
 * Every block is an output item of its own, so several may be open at once.
 */
export class ResponseStreamWriter implements GenerationWriter {
  readonly #frame: AnswerFrame;
  readonly #open = new Map<number, OpenItem>();
  readonly #output: JsonObject[] = [];
  #sequence = 0;
  #finish: FinishReason = "stop";
  #begun = false;

  constructor(frame: AnswerFrame) {
    this.#frame = frame;
  }

  write(event: GenerationEvent): string {
    const begin = this.#begun ? "" : this.#begin();
    // The dialect has one answer to a request.
    if ("choice" in event && event.choice !== 0) return begin;
    switch (event.type) {
      case "block-start":
        return begin + this.#startItem(event.block, event.content);
      case "delta":
        return begin + this.#delta(event.block, event.delta);
      case "signature":
        this.#sign(event.block, event.signature);
        return begin;
      case "block-end":
        return begin + this.#endItem(event.block);
      case "finish":
        this.#finish = event.reason;
        return begin;
      case "start":
      case "usage":
        return begin;
    }
  }

  close(usage: MeasuredUsage): string {
    const begin = this.#begun ? "" : this.#begin();
    const { status, details } = endOf(this.#finish);
    const response = responseObject(this.#frame, {
      status,
      details,
      output: this.#output,
      usage: usageObject(usage.counts),
    });
    return begin + this.#event(`response.${status}`, { response });
  }

  fail({ message, code, param }: GatewayError): string {
    return this.#event("error", { code, message, param });
  }

  #event(type: string, fields: JsonObject): string {
    const data = JSON.stringify({ type, sequence_number: this.#sequence, ...fields });
    this.#sequence += 1;
    return `event: ${type}\ndata: ${data}\n\n`;
  }

  #begin(): string {
    this.#begun = true;
    const response = responseObject(this.#frame, { status: "in_progress", output: [] });
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #startItem(number: number, content: Block): string {
    const index = this.#output.length;
    const id = itemIdOf(this.#frame, content, index);
    // What the block begins with comes as a delta, as everything after it.
    const first = contentOf(content);
    const block = withoutContent(content);
    this.#open.set(number, { block, id, index });
    this.#output.push(itemOf(block, id, "in_progress"));
    const item = itemOf(block, id, "in_progress");
    const part = block.type === "reasoning" ? undefined : partOf(block, "");
    const added = this.#event("response.output_item.added", { output_index: index, item });
    const partAdded =
      part === undefined
        ? ""
        : this.#event(`${part.kind}.added`, { item_id: id, output_index: index, content_index: 0, part: part.part });
    return added + partAdded + (first === "" ? "" : this.#delta(number, first));
  }

  #delta(number: number, delta: string): string {
    const item = this.#open.get(number);
    if (item === undefined || delta === "") return "";
    const { block, id, index } = item;
    const isFirst = contentOf(block) === "";
    item.block = withDelta(block, delta);
    if (block.type === "image") return "";
    const { stem, place, logprobs } = contentEvents[block.type];
    const at = { item_id: id, output_index: index, ...place };
    // Thoughts may be secret, so the part that shows them begins with their first word.
    const summary =
      block.type === "reasoning" && isFirst
        ? this.#event("response.reasoning_summary_part.added", { ...at, part: summaryPart("") })
        : "";
    return summary + this.#event(`${stem}.delta`, { ...at, delta, ...(logprobs ? { logprobs: [] } : {}) });
  }

  #sign(number: number, signature: NonNullable<Extract<Block, { type: "text" }>["signature"]>): void {
    const item = this.#open.get(number);
    if (item?.block.type === "reasoning") item.block = { ...item.block, signature };
  }

  #endItem(number: number): string {
    const open = this.#open.get(number);
    if (open === undefined) return "";
    this.#open.delete(number);
    const { block, id, index } = open;
    const item = itemOf(block, id, "completed");
    this.#output[index] = item;
    return this.#endContent(open) + this.#event("response.output_item.done", { output_index: index, item });
  }

  #endContent({ block, id, index }: OpenItem): string {
    if (block.type === "image") return "";
    const text = contentOf(block);
    if (block.type === "reasoning" && text === "") return "";
    const { stem, whole, place, logprobs } = contentEvents[block.type];
    const at = { item_id: id, output_index: index, ...place };
    const content = block.type === "tool-call" && text === "" ? "{}" : text;
    const done = this.#event(`${stem}.done`, { ...at, [whole]: content, ...(logprobs ? { logprobs: [] } : {}) });
    const part = partOf(block, text);
    return part === undefined ? done : done + this.#event(`${part.kind}.done`, { ...at, part: part.part });
  }
}

const withoutContent = (block: Block): Block => {
  if (block.type === "tool-call") return { ...block, arguments: "" };
  return block.type === "image" ? { ...block, data: "" } : { ...block, text: "" };
};
