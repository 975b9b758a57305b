import { noFacts, type AnswerFacts } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { decodeJsonObject, encodeJson, encodeText, isJsonObject, joinBytes, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { noUsage, nothingUsed, type MeasuredUsage, type Usage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner, type ScannedEvent } from "../event-scanner.ts";
import { readFacts } from "../openai-compatible/facts.ts";
import { readErrorObject } from "../openai-compatible/read-error.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { StreamTranslator } from "../provider.ts";
import { asAsked } from "./as-asked.ts";
import { readResponseUsage } from "./responses-usage.ts";

const nothing = new Uint8Array(0);
/** After one of these the stream is over, however it went. */
const lastEvents = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"]);

const eventOf = (type: string, data: Uint8Array): Uint8Array =>
  joinBytes([encodeText(`event: ${type}\ndata: `), data, encodeText("\n\n")]);

/**
 * Passes a streamed response on, events of unknown types as they came. The last event holds the whole response with its usage;
 * it is held back until the request is settled.
 */
export class ResponsesStreamTranslator implements StreamTranslator {
  readonly #call: Call;
  readonly #scanner: EventScanner;
  #output: Uint8Array[] = [];
  #closing: Uint8Array = nothing;
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #facts: AnswerFacts = noFacts;
  #reported: Usage | undefined;
  #sawEvent = false;
  #hasFailed = false;
  #characters = 0;
  #lastSequence = -1;

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
      if (this.#state === "open") this.#fail(providerFailure({ kind: "disconnected", cause: "no last event came" }));
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  usage(): MeasuredUsage {
    if (!this.#sawEvent) return nothingUsed;
    // What failed before it said anything is not billed by the provider either.
    if (this.#hasFailed && this.#reported === undefined && this.#characters === 0) return nothingUsed;
    const outputText = estimateTextTokens(this.#characters);
    const counted = { ...noUsage, inputUncached: this.#call.estimatedInputTokens, outputText };
    if (this.#state !== "done") return { counts: counted, source: "partial" };
    return this.#reported === undefined
      ? { counts: counted, source: "estimated" }
      : { counts: this.#reported, source: "reported" };
  }

  facts(): AnswerFacts {
    return this.#facts;
  }

  close(): Uint8Array {
    return this.#closing;
  }

  fail({ code, message, param }: GatewayError): Uint8Array {
    const event = { type: "error", sequence_number: this.#lastSequence + 1, code, message, param };
    return eventOf("error", encodeJson(event));
  }

  #scan(step: () => void): Uint8Array {
    if (this.#state !== "open") return nothing;
    try {
      step();
    } catch (cause) {
      this.#fail(answerFault(cause));
    }
    const output = joinBytes(this.#output);
    this.#output = [];
    return output;
  }

  #takeEvent({ type, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    const event = decodeJsonObject(data);
    if (event === undefined) return this.#fail(invalidProviderAnswer("sent an event that is not a JSON object"));
    const kind = typeof event["type"] === "string" ? event["type"] : type;
    if (kind === "error") return this.#fail(readErrorObject(event));
    this.#note(event);
    const { response } = event;
    const seen = isJsonObject(response) ? encodeJson({ ...event, response: asAsked(response, this.#call) }) : data;
    if (!lastEvents.has(kind)) return void this.#output.push(eventOf(kind, seen));
    this.#closing = eventOf(kind, seen);
    this.#state = "done";
  }

  #note(event: JsonObject): void {
    this.#sawEvent = true;
    const { response, delta, sequence_number: sequence } = event;
    if (typeof sequence === "number") this.#lastSequence = sequence;
    if (typeof delta === "string") this.#characters += delta.length;
    if (!isJsonObject(response)) return;
    this.#hasFailed = response["status"] === "failed";
    this.#facts = readFacts(response);
    this.#reported = readResponseUsage(response["usage"]) ?? this.#reported;
  }

  #fail(error: GatewayError): void {
    this.#state = "failed";
    this.#error = error;
  }
}
