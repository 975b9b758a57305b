import type { GenerationEvent } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { decodeJsonObject, decodeText } from "../../json.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner, type ScannedEvent } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { GenerationReader } from "../provider.ts";
import { objectsOf } from "./answer-blocks.ts";
import { readFacts } from "./facts.ts";
import { readErrorObject } from "./read-error.ts";
import { StreamChoice } from "./stream-choice.ts";
import { readUsage } from "./usage.ts";

/**
 * Reads a stream of chat completion chunks into the neutral form. It ends with `[DONE]`, or by itself where a server leaves
 * that out although every choice was finished; a stream that just stops is a failure.
 */
export class ChatStreamReader implements GenerationReader {
  readonly #scanner: EventScanner;
  readonly #choices = new Map<number, StreamChoice>();
  #events: GenerationEvent[] = [];
  #started = false;
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;

  constructor(maxEventBytes: number) {
    this.#scanner = new EventScanner({ maxEventBytes, onEvent: (event) => this.#take(event) });
  }

  push(chunk: Uint8Array): readonly GenerationEvent[] {
    return this.#scan(() => this.#scanner.push(chunk));
  }

  end(): readonly GenerationEvent[] {
    return this.#scan(() => {
      this.#scanner.end();
      if (this.#state !== "open") return;
      const choices = [...this.#choices.values()];
      if (choices.length > 0 && choices.every((choice) => choice.isFinished())) this.#state = "done";
      else this.#fail(providerFailure({ kind: "disconnected", cause: "the stream ended within the answer" }));
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  #scan(step: () => void): readonly GenerationEvent[] {
    try {
      if (this.#state === "open") step();
    } catch (thrown) {
      this.#fail(answerFault(thrown));
    }
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #take({ type, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    if (decodeText(data).trim() === "[DONE]") return this.#finish();
    const chunk = decodeJsonObject(data);
    if (chunk === undefined) return this.#fail(invalidProviderAnswer("sent an event that is not a JSON object"));
    if (type === "error" || (chunk["error"] !== undefined && chunk["error"] !== null)) {
      return this.#fail(readErrorObject(chunk));
    }
    if (!this.#started) this.#events.push({ type: "start", facts: readFacts(chunk) });
    this.#started = true;
    for (const choice of objectsOf(chunk["choices"])) {
      const index = typeof choice["index"] === "number" ? choice["index"] : 0;
      this.#events.push(...this.#choice(index).take(choice, chunk["id"]));
    }
    const usage = readUsage(chunk["usage"]);
    if (usage !== undefined) this.#events.push({ type: "usage", usage });
  }

  #choice(index: number): StreamChoice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new StreamChoice(index);
    this.#choices.set(index, choice);
    return choice;
  }

  #finish(): void {
    if (this.#choices.size === 0) return this.#fail(invalidProviderAnswer("streamed no answer"));
    for (const choice of this.#choices.values()) this.#events.push(...choice.finish());
    this.#state = "done";
  }

  #fail(error: GatewayError): void {
    this.#state = "failed";
    this.#error = error;
  }
}
