import type { Block, GenerationEvent } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { GenerationReader } from "../provider.ts";
import { readFacts } from "./facts.ts";
import { MessageEvents, type MessageEvent } from "./message-events.ts";
import { readBlock, readRefusal, readStop } from "./read-answer.ts";
import { laterReport, readUsage } from "./usage.ts";

const objectAt = (holder: JsonObject, name: string): JsonObject => {
  const value = holder[name];
  return isJsonObject(value) ? value : {};
};

const initialText = (block: Block): string => {
  if (block.type === "tool-call") return block.arguments;
  return block.type === "image" ? "" : block.text;
};

const emptied = (block: Block): Block => {
  if (block.type === "tool-call") return { ...block, arguments: "" };
  return block.type === "image" ? block : { ...block, text: "" };
};

/** Reads a stream of the Messages API into the neutral form. */
export class MessageStreamReader implements GenerationReader {
  readonly #source: MessageEvents;
  #events: GenerationEvent[] = [];
  /** Numbers of the open blocks, by the provider's index. */
  readonly #open = new Map<unknown, number>();
  #blocks = 0;
  #callsTools = false;
  #usage: JsonObject = {};
  #stop: JsonObject | undefined;

  constructor(maxEventBytes: number) {
    this.#source = new MessageEvents(maxEventBytes, (event) => this.#take(event));
  }

  push(chunk: Uint8Array): readonly GenerationEvent[] {
    this.#source.push(chunk);
    return this.#taken();
  }

  end(): readonly GenerationEvent[] {
    this.#source.end();
    return this.#taken();
  }

  state(): "open" | "done" | "failed" {
    return this.#source.state();
  }

  error(): GatewayError | undefined {
    return this.#source.error();
  }

  #taken(): readonly GenerationEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #take({ type, value }: MessageEvent): void {
    switch (type) {
      case "message_start": {
        const message = objectAt(value, "message");
        this.#events.push({ type: "start", facts: readFacts(message) });
        return this.#report(message["usage"]);
      }
      case "content_block_start":
        return this.#begin(value["index"], objectAt(value, "content_block"));
      case "content_block_delta":
        return this.#continue(value["index"], objectAt(value, "delta"));
      case "content_block_stop":
        return this.#endBlock(value["index"]);
      case "message_delta": {
        const delta = objectAt(value, "delta");
        if (typeof delta["stop_reason"] === "string") this.#stop = delta;
        return this.#report(value["usage"]);
      }
      case "message_stop":
        return this.#finish();
      default:
        // Pings, and events that are newer than this reader.
        return undefined;
    }
  }

  #report(usage: unknown): void {
    this.#usage = laterReport(this.#usage, usage);
    const counts = readUsage(this.#usage);
    if (counts !== undefined) this.#events.push({ type: "usage", usage: counts });
  }

  #begin(index: unknown, raw: JsonObject): void {
    const content = readBlock(raw);
    if (content === undefined) return;
    const block = this.#blocks;
    this.#blocks += 1;
    this.#open.set(index, block);
    this.#callsTools ||= content.type === "tool-call";
    this.#events.push({ type: "block-start", choice: 0, block, content: emptied(content) });
    const delta = initialText(content);
    if (delta !== "") this.#events.push({ type: "delta", choice: 0, block, delta });
  }

  #continue(index: unknown, delta: JsonObject): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    const signature = delta["signature"];
    if (typeof signature === "string" && signature !== "") {
      this.#events.push({ type: "signature", choice: 0, block, signature: { by: "anthropic", value: signature } });
    }
    const text = delta["text"] ?? delta["partial_json"] ?? delta["thinking"];
    if (typeof text === "string" && text !== "") this.#events.push({ type: "delta", choice: 0, block, delta: text });
  }

  #endBlock(index: unknown): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    this.#events.push({ type: "block-end", choice: 0, block });
  }

  #finish(): void {
    for (const index of this.#open.keys()) this.#endBlock(index);
    const stop = this.#stop ?? {};
    const refusal = readRefusal(stop);
    if (refusal !== undefined) {
      const block = this.#blocks;
      this.#events.push({ type: "block-start", choice: 0, block, content: emptied(refusal) });
      this.#events.push({ type: "delta", choice: 0, block, delta: initialText(refusal) });
      this.#events.push({ type: "block-end", choice: 0, block });
    }
    const { finish: reason, ...rest } = readStop(stop, this.#callsTools);
    this.#events.push({ type: "finish", choice: 0, reason, ...rest });
  }
}
