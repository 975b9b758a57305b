import type { Block, GenerationEvent } from "../../conversation/answer.ts";
import type { Signature } from "../../conversation/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { readExtraContent } from "../../receive/chat-completions/extra-content.ts";
import {
  argumentsOf,
  contentOf,
  finishOf,
  imagesOf,
  madeCallId,
  objectsOf,
  reasoningOf,
  textOf,
} from "./answer-blocks.ts";

type Prose = "text" | "reasoning" | "refusal";

interface OpenCall {
  block: number;
  /** As the server gave it; empty when it gave none. */
  id: string;
  name: string;
}

/** One choice of a streamed chat completion: its deltas as blocks. */
export class StreamChoice {
  readonly #choice: number;
  #blocks = 0;
  #prose: { type: Prose; block: number } | undefined;
  /** Calls by the index that the server gives them; a later one may take the index of an earlier one. */
  readonly #calls = new Map<unknown, OpenCall>();
  #lastCall: OpenCall | undefined;
  readonly #openCallBlocks: number[] = [];
  #sawRefusal = false;
  #finished = false;

  constructor(choice: number) {
    this.#choice = choice;
  }

  isFinished(): boolean {
    return this.#finished;
  }

  take(choice: JsonObject, answerId: unknown): GenerationEvent[] {
    if (this.#finished) return [];
    const events: GenerationEvent[] = [];
    const { delta } = choice;
    if (isJsonObject(delta)) this.#takeDelta(delta, answerId, events);
    // Some servers send an empty text while there is no reason yet.
    if (textOf(choice["finish_reason"]) !== "") this.#finish(choice, events);
    return events;
  }

  /** The stream has come to its end although the server gave no reason for this choice. */
  finish(): GenerationEvent[] {
    const events: GenerationEvent[] = [];
    if (!this.#finished) this.#finish({}, events);
    return events;
  }

  #takeDelta(delta: JsonObject, answerId: unknown, events: GenerationEvent[]): void {
    this.#addProse("reasoning", reasoningOf(delta), events);
    this.#addProse("text", contentOf(delta), events);
    this.#addProse("refusal", textOf(delta["refusal"]), events);
    for (const content of imagesOf(delta)) {
      this.#endProse(events);
      const block = this.#start(content, events);
      events.push({ type: "block-end", choice: this.#choice, block });
    }
    const { function_call: old } = delta;
    const fragments = isJsonObject(old) ? [{ index: 0, function: old }] : objectsOf(delta["tool_calls"]);
    for (const fragment of fragments) this.#takeFragment(fragment, answerId, events);
  }

  #addProse(type: Prose, delta: string, events: GenerationEvent[]): void {
    if (delta === "") return;
    if (this.#prose?.type !== type) {
      this.#endProse(events);
      this.#prose = { type, block: this.#start({ type, text: "" }, events) };
      if (type === "refusal") this.#sawRefusal = true;
    }
    events.push({ type: "delta", choice: this.#choice, block: this.#prose.block, delta });
  }

  #takeFragment(fragment: JsonObject, answerId: unknown, events: GenerationEvent[]): void {
    const called = isJsonObject(fragment["function"]) ? fragment["function"] : {};
    const { block } = this.#callOf(fragment, called, answerId, events);
    const delta = argumentsOf(called);
    if (delta !== "") events.push({ type: "delta", choice: this.#choice, block, delta });
    const signature: Signature | undefined = readExtraContent(fragment);
    if (signature !== undefined) events.push({ type: "signature", choice: this.#choice, block, signature });
  }

  /**
   * The call that a fragment belongs to. Most servers tell calls apart by their index and name them once; others repeat id
   * and name on every fragment, leave the index out, or give every call the index 0 and an id of its own.
   */
  #callOf(fragment: JsonObject, called: JsonObject, answerId: unknown, events: GenerationEvent[]): OpenCall {
    const { index } = fragment;
    const [id, name] = [textOf(fragment["id"]), textOf(called["name"])];
    const known = typeof index === "number" ? this.#calls.get(index) : this.#lastCall;
    const isSame =
      known !== undefined &&
      (id === "" || known.id === "" || id === known.id) &&
      // A server without ids says that a new call begins by its name.
      (id !== "" || name === "" || name === known.name);
    if (isSame) return known;
    this.#endProse(events);
    const content: Block = {
      type: "tool-call",
      id: id === "" ? madeCallId(answerId, this.#choice, this.#openCallBlocks.length) : id,
      name,
      arguments: "",
    };
    const call: OpenCall = { block: this.#start(content, events), id, name };
    this.#calls.set(index, call);
    this.#lastCall = call;
    this.#openCallBlocks.push(call.block);
    return call;
  }

  #start(content: Block, events: GenerationEvent[]): number {
    const block = this.#blocks;
    this.#blocks += 1;
    events.push({ type: "block-start", choice: this.#choice, block, content });
    return block;
  }

  #endProse(events: GenerationEvent[]): void {
    if (this.#prose !== undefined) events.push({ type: "block-end", choice: this.#choice, block: this.#prose.block });
    this.#prose = undefined;
  }

  /** Fragments of several calls may be mixed to the end, so that calls end together. */
  #finish(choice: JsonObject, events: GenerationEvent[]): void {
    this.#finished = true;
    this.#endProse(events);
    for (const block of this.#openCallBlocks) events.push({ type: "block-end", choice: this.#choice, block });
    const has = { calls: this.#openCallBlocks.length > 0, refusal: this.#sawRefusal };
    const { finish: reason, ...met } = finishOf(choice, has);
    events.push({ type: "finish", choice: this.#choice, reason, ...met });
  }
}
