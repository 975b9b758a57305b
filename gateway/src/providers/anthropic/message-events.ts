import type { GatewayError } from "../../errors.ts";
import { decodeText, isJsonObject, type JsonObject } from "../../json.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner, type ScannedEvent } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import { readErrorObject } from "./read-error.ts";

export interface MessageEvent {
  type: string;
  value: JsonObject;
  /** The JSON as it came. */
  data: Uint8Array;
}

const parse = (data: Uint8Array): JsonObject => {
  try {
    const value: unknown = JSON.parse(decodeText(data));
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, as anything else that is no object.
  }
  throw invalidProviderAnswer("sent an event that is not a JSON object");
};

/**
 * The events of a stream of the Messages API, and how it ended: by `message_stop`, by its own end where a server leaves
 * that out although it has said why it stopped, by an `error`, or cut off within the answer, which is a failure.
 */
export class MessageEvents {
  readonly #scanner: EventScanner;
  readonly #onEvent: (event: MessageEvent) => void;
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #sawStop = false;

  constructor(maxEventBytes: number, onEvent: (event: MessageEvent) => void) {
    this.#onEvent = onEvent;
    this.#scanner = new EventScanner({ maxEventBytes, onEvent: (event) => this.#take(event) });
  }

  push(chunk: Uint8Array): void {
    this.#read(() => this.#scanner.push(chunk));
  }

  end(): void {
    this.#read(() => {
      this.#scanner.end();
      if (this.#state !== "open") return;
      if (!this.#sawStop) {
        throw providerFailure({ kind: "disconnected", cause: "the stream ended within the answer" });
      }
      this.#stop({ type: "message_stop", value: { type: "message_stop" }, data: new Uint8Array(0) });
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  #read(step: () => void): void {
    if (this.#state !== "open") return;
    try {
      step();
    } catch (thrown) {
      this.#state = "failed";
      this.#error = answerFault(thrown);
    }
  }

  #take({ type: name, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    const value = parse(data);
    const type = typeof value["type"] === "string" ? value["type"] : name;
    if (type === "error") throw readErrorObject(value);
    if (type === "message_stop") return this.#stop({ type, value, data });
    const { delta } = value;
    if (type === "message_delta" && isJsonObject(delta) && typeof delta["stop_reason"] === "string")
      this.#sawStop = true;
    this.#onEvent({ type, value, data });
  }

  #stop(event: MessageEvent): void {
    this.#onEvent(event);
    this.#state = "done";
  }
}
