import type { Block, GenerationEvent } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { isJsonObject, decodeText, type JsonObject } from "../../json.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { GenerationReader } from "../provider.ts";
import { readFacts } from "./facts.ts";
import { errorIn, readErrorObject } from "./read-error.ts";
import { type AnswerPart, blockedPrompt, finishOf, indexOf, objectsOf, partsOf, readPart } from "./read-parts.ts";
import { readUsage } from "./usage.ts";

/** What is known of one candidate while it is streamed. */
interface OpenChoice {
  blocks: number;
  /** The block that the next text may continue. */
  open: "text" | "reasoning" | undefined;
  sawCall: boolean;
  finished: boolean;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidProviderAnswer("sent an event that is not JSON", cause);
  }
};

/**
 * Reads the events of `streamGenerateContent`. Each is a whole answer of its own with the next parts of the candidates, and
 * there is no last one: the stream is complete when it ends after every candidate said why it did.
 */
export class GeminiStreamReader implements GenerationReader {
  readonly #scanner: EventScanner;
  readonly #choices = new Map<number, OpenChoice>();
  #events: GenerationEvent[] = [];
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #started = false;

  constructor(maxEventBytes: number) {
    this.#scanner = new EventScanner({ maxEventBytes, onEvent: ({ data }) => this.#takeEvent(data) });
  }

  push(chunk: Uint8Array): readonly GenerationEvent[] {
    return this.#read(() => this.#scanner.push(chunk));
  }

  end(): readonly GenerationEvent[] {
    return this.#read(() => {
      this.#scanner.end();
      const choices = [...this.#choices.values()];
      if (choices.length === 0 || choices.some(({ finished }) => !finished)) {
        throw providerFailure({ kind: "disconnected", cause: "the stream ended within the answer" });
      }
      this.#state = "done";
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  #read(step: () => void): readonly GenerationEvent[] {
    if (this.#state === "open") {
      try {
        step();
      } catch (thrown) {
        this.#state = "failed";
        this.#error = answerFault(thrown);
      }
    }
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #takeEvent(data: Uint8Array): void {
    const answer = parse(decodeText(data));
    const error = errorIn(answer);
    if (error !== undefined) throw readErrorObject(error);
    if (!isJsonObject(answer)) throw invalidProviderAnswer("sent an event that is not a JSON object");
    if (!this.#started) {
      this.#started = true;
      this.#events.push({ type: "start", facts: readFacts(answer) });
    }
    // Every event reports the whole usage up to it. Told before a candidate may turn out to be broken: it was used.
    const usage = readUsage(answer["usageMetadata"]);
    if (usage !== undefined) this.#events.push({ type: "usage", usage });
    const candidates = objectsOf(answer["candidates"]);
    for (const candidate of candidates) this.#takeCandidate(candidate);
    const blocked = candidates.length === 0 ? blockedPrompt(answer) : undefined;
    if (blocked !== undefined) this.#block(blocked);
  }

  #choice(index: number): OpenChoice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: OpenChoice = { blocks: 0, open: undefined, sawCall: false, finished: false };
    this.#choices.set(index, choice);
    return choice;
  }

  #takeCandidate(candidate: JsonObject): void {
    const index = indexOf(candidate);
    const choice = this.#choice(index);
    if (choice.finished) return;
    for (const part of partsOf(candidate)) {
      const read = readPart(part);
      if (read !== undefined) this.#takePart(index, choice, read);
    }
    const reason = finishOf(candidate, choice.sawCall);
    if (reason === undefined) return;
    this.#closeBlock(index, choice);
    choice.finished = true;
    this.#events.push({ type: "finish", choice: index, reason });
  }

  #takePart(index: number, choice: OpenChoice, part: AnswerPart): void {
    if (part.type === "call") return this.#takeCall(index, choice, part);
    if (part.type === "image") return this.#takeImage(index, choice, part);
    // A signature without text belongs to what was said last.
    const isOnlySignature = part.text === "" && choice.open !== undefined;
    if (choice.open !== part.type && !isOnlySignature) {
      this.#closeBlock(index, choice);
      this.#startBlock(index, choice, { type: part.type, text: "" });
      choice.open = part.type;
    }
    const block = choice.blocks - 1;
    this.#delta(index, block, part.text);
    this.#sign(index, block, part.signature);
    // What follows must not be taken for signed.
    if (part.signature !== undefined) this.#closeBlock(index, choice);
  }

  #takeCall(index: number, choice: OpenChoice, call: Extract<AnswerPart, { type: "call" }>): void {
    this.#closeBlock(index, choice);
    choice.sawCall = true;
    const { id, name } = call;
    const block = this.#startBlock(index, choice, { type: "tool-call", id, name, arguments: "" });
    this.#delta(index, block, call.arguments);
    this.#sign(index, block, call.signature);
    this.#events.push({ type: "block-end", choice: index, block });
  }

  #takeImage(index: number, choice: OpenChoice, image: Extract<AnswerPart, { type: "image" }>): void {
    this.#closeBlock(index, choice);
    const block = this.#startBlock(index, choice, { type: "image", mediaType: image.mediaType, data: "" });
    this.#delta(index, block, image.data);
    this.#events.push({ type: "block-end", choice: index, block });
  }

  #startBlock(index: number, choice: OpenChoice, content: Block): number {
    const block = choice.blocks;
    choice.blocks += 1;
    this.#events.push({ type: "block-start", choice: index, block, content });
    return block;
  }

  #delta(choice: number, block: number, delta: string): void {
    if (delta !== "") this.#events.push({ type: "delta", choice, block, delta });
  }

  #sign(choice: number, block: number, value: string | undefined): void {
    if (value === undefined) return;
    this.#events.push({ type: "signature", choice, block, signature: { by: "gemini", value } });
  }

  #closeBlock(index: number, choice: OpenChoice): void {
    if (choice.open === undefined) return;
    choice.open = undefined;
    this.#events.push({ type: "block-end", choice: index, block: choice.blocks - 1 });
  }

  #block(why: string): void {
    const choice = this.#choice(0);
    if (choice.finished) return;
    this.#closeBlock(0, choice);
    const block = this.#startBlock(0, choice, { type: "refusal", text: "" });
    this.#delta(0, block, why);
    this.#events.push({ type: "block-end", choice: 0, block });
    choice.finished = true;
    this.#events.push({ type: "finish", choice: 0, reason: "content-filter" });
  }
}
