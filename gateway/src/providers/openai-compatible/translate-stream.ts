import { internalError, type GatewayError } from "../../errors.ts";
import { decodeText, encodeJson, encodeText, isJsonObject, joinBytes, type JsonObject } from "../../json.ts";
import { nothingUsed, type MeasuredUsage, type TokenCounts } from "../../meter/usage.ts";
import type { CompletionCall } from "../../receive/completion-call.ts";
import { EventScanner, EventTooLargeError, type ScannedEvent } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { StreamTranslator } from "../provider.ts";
import { readErrorObject } from "./read-error.ts";
import { laterUsage, readUsage } from "./usage.ts";

const lineFeed = 0x0a;
const dataPrefix = encodeText("data: ");
const eventEnd = encodeText("\n\n");

const parseObject = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

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
  readonly #call: CompletionCall;
  readonly #scanner: EventScanner;
  #output: Uint8Array[] = [];
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #reported: TokenCounts | undefined;
  #sawChunk = false;
  #contentPieces = 0;
  #finishedChoices = 0;
  readonly #openChoices = new Set<unknown>();

  constructor(call: CompletionCall, maxEventBytes: number) {
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
    if (this.#reported !== undefined) return { ...this.#reported, usageSource: "reported" };
    if (!this.#sawChunk) return nothingUsed;
    // Servers send a token at a time, so without their count the pieces are the best one there is.
    return {
      inputTokens: this.#call.estimatedInputTokens,
      outputTokens: this.#contentPieces,
      usageSource: "estimated",
    };
  }

  #scan(step: () => void): Uint8Array {
    if (this.#state === "open") {
      try {
        step();
      } catch (cause) {
        this.#fail(
          cause instanceof EventTooLargeError
            ? invalidProviderAnswer("sent an event that is too large", cause)
            : internalError(cause),
        );
      }
    }
    const output = joinBytes(this.#output);
    this.#output = [];
    return output;
  }

  #takeEvent({ type, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    const text = decodeText(data);
    if (text.trim() === "[DONE]") return this.#finish();
    const chunk = parseObject(text);
    if (chunk === undefined) return this.#fail(invalidProviderAnswer("sent an event that is not a JSON object"));
    if (type === "error" || (chunk["error"] !== undefined && chunk["error"] !== null)) {
      return this.#fail(readErrorObject(chunk));
    }
    this.#sawChunk = true;
    const usage = readUsage(chunk["usage"]);
    this.#reported = laterUsage(this.#reported, usage);
    const choices: unknown = chunk["choices"];
    if (Array.isArray(choices)) for (const choice of choices) this.#countChoice(choice);
    const isUsageEvent = usage !== undefined && (!Array.isArray(choices) || choices.length === 0);
    if (isUsageEvent && !this.#call.includeUsage) return;
    this.#emit(type, this.#rewritten(chunk, data) ?? data);
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
  #rewritten(chunk: JsonObject, data: Uint8Array): Uint8Array | undefined {
    const renamed = typeof chunk["model"] === "string" && chunk["model"] !== this.#call.model;
    const hidesUsage = "usage" in chunk && !this.#call.includeUsage;
    const isOneLine = !data.includes(lineFeed);
    if (!renamed && !hidesUsage && isOneLine) return undefined;
    if (renamed) chunk["model"] = this.#call.model;
    if (hidesUsage) delete chunk["usage"];
    return encodeJson(chunk);
  }

  #emit(type: string, data: Uint8Array): void {
    if (type !== "") this.#output.push(encodeText(`event: ${type}\n`));
    this.#output.push(dataPrefix, data, eventEnd);
  }

  #finish(): void {
    this.#state = "done";
  }

  #fail(error: GatewayError): void {
    this.#state = "failed";
    this.#error = error;
  }
}
