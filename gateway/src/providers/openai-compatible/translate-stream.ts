import type { GatewayError } from "../../errors.ts";
import { decodeText, encodeText, isJsonObject, type JsonObject, parseJsonObject } from "../../json.ts";
import { noFacts, type AnswerFacts } from "../../conversation/answer.ts";
import { laterUsage, noUsage, nothingUsed, outputTokensOf, type MeasuredUsage, type Usage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { openAiDoneEvent } from "../../receive/openai-done.ts";
import { openAiErrorEvent } from "../../receive/openai-errors.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner, type ScannedEvent } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { StreamTranslator } from "../provider.ts";
import { readErrorObject } from "./read-error.ts";
import { readFacts } from "./facts.ts";
import { withModelNamed } from "./rename-model.ts";
import { readUsage } from "./usage.ts";

const nothing = new Uint8Array(0);

/** Whether a choice of a chunk carries generated content, and not only a role or a reason to stop. */
const hasContent = (choice: JsonObject): boolean => {
  if (typeof choice["text"] === "string") return choice["text"] !== "";
  const delta = choice["delta"];
  if (!isJsonObject(delta)) return false;
  return Object.entries(delta).some(([name, value]) =>
    Array.isArray(value) ? value.length > 0 : name !== "role" && Boolean(value),
  );
};

/**
 * Passes a chunk stream of the OpenAI dialect on, event by event. It names the model as the client did, takes out the
 * usage that only the gateway asked for, and knows how the stream ended: by `[DONE]`, or by its own end where a
 * server leaves it out although every choice was finished; a stream that just stops is a failure.
 */
export class OpenAiStreamTranslator implements StreamTranslator {
  readonly #call: Call;
  readonly #scanner: EventScanner;
  /** As text, because joining many small pieces of bytes costs more than encoding them once. */
  #output = "";
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #facts: AnswerFacts | undefined;
  #reported: Usage | undefined;
  #sawChunk = false;
  #contentPieces = 0;
  #finishedChoices = 0;
  readonly #openChoices = new Set<unknown>();

  constructor(call: Call, maxEventBytes: number) {
    this.#call = call;
    this.#scanner = new EventScanner({ maxEventBytes, onEvent: (event) => this.#takeEvent(event) });
  }

  push(chunk: Uint8Array): Uint8Array {
    return this.#scan(() => this.#scanner.push(chunk));
  }

  end(): Uint8Array {
    return this.#scan(() => {
      this.#scanner.end();
      if (this.#state !== "open") return;
      if (this.#finishedChoices > 0 && this.#openChoices.size === 0) this.#finish();
      else this.#fail(providerFailure({ kind: "disconnected", cause: "the stream ended within the answer" }));
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  usage(): MeasuredUsage {
    const isWhole = this.#state === "done";
    if (!this.#sawChunk) return nothingUsed;
    // Servers send a token at a time, so without their count the pieces are the best one there is.
    if (this.#reported === undefined) {
      const counts = { ...noUsage, inputUncached: this.#call.estimatedInputTokens, outputText: this.#contentPieces };
      return { counts, source: isWhole ? "estimated" : "partial" };
    }
    if (isWhole) return { counts: this.#reported, source: "reported" };
    // What the provider has told holds; pieces that came after it are added.
    const more = Math.max(0, this.#contentPieces - outputTokensOf(this.#reported));
    return { counts: { ...this.#reported, outputText: this.#reported.outputText + more }, source: "partial" };
  }

  facts(): AnswerFacts {
    return this.#facts ?? noFacts;
  }

  close(): Uint8Array {
    return openAiDoneEvent;
  }

  fail(error: GatewayError): Uint8Array {
    return openAiErrorEvent(error);
  }

  #scan(step: () => void): Uint8Array {
    if (this.#state === "open") {
      try {
        step();
      } catch (cause) {
        this.#fail(answerFault(cause));
      }
    }
    const output = this.#output;
    this.#output = "";
    return output === "" ? nothing : encodeText(output);
  }

  #takeEvent({ type, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    const text = decodeText(data);
    if (text.trim() === "[DONE]") return this.#finish();
    const chunk = parseJsonObject(text);
    if (chunk === undefined) return this.#fail(invalidProviderAnswer("sent an event that is not a JSON object"));
    if (type === "error" || (chunk["error"] !== undefined && chunk["error"] !== null)) {
      return this.#fail(readErrorObject(chunk));
    }
    this.#sawChunk = true;
    this.#facts ??= readFacts(chunk);
    const usage = readUsage(chunk["usage"]);
    this.#reported = laterUsage(this.#reported, usage);
    const choices: unknown = chunk["choices"];
    if (Array.isArray(choices)) for (const choice of choices) this.#countChoice(choice);
    const isUsageEvent = usage !== undefined && (!Array.isArray(choices) || choices.length === 0);
    if (isUsageEvent && !this.#call.includeUsage) return;
    this.#emit(type, this.#rewritten(chunk, text) ?? text);
  }

  #countChoice(choice: unknown): void {
    if (!isJsonObject(choice)) return;
    if (hasContent(choice)) this.#contentPieces += 1;
    if (choice["finish_reason"] === null || choice["finish_reason"] === undefined) {
      this.#openChoices.add(choice["index"]);
    } else {
      this.#openChoices.delete(choice["index"]);
      this.#finishedChoices += 1;
    }
  }

  /** The chunk as the client may see it; undefined when that is what the provider sent. */
  #rewritten(chunk: JsonObject, text: string): string | undefined {
    const { model } = chunk;
    const renamed = typeof model === "string" && model !== this.#call.model;
    const hidesUsage = "usage" in chunk && !this.#call.includeUsage;
    const isOneLine = !text.includes("\n");
    if (!renamed && !hidesUsage && isOneLine) return undefined;
    const replaced = renamed && !hidesUsage && isOneLine ? withModelNamed(text, model, this.#call.model) : undefined;
    if (replaced !== undefined) return replaced;
    if (renamed) chunk["model"] = this.#call.model;
    if (hidesUsage) delete chunk["usage"];
    return JSON.stringify(chunk);
  }

  #emit(type: string, data: string): void {
    this.#output += type === "" ? `data: ${data}\n\n` : `event: ${type}\ndata: ${data}\n\n`;
  }

  #finish(): void {
    this.#state = "done";
  }

  #fail(error: GatewayError): void {
    this.#state = "failed";
    this.#error = error;
  }
}
