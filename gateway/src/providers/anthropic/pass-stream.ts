import { noFacts, type AnswerFacts } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { encodeJson, encodeText, isJsonObject, joinBytes, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { noUsage, nothingUsed, type MeasuredUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { anthropicErrorEvent } from "../../receive/messages/errors.ts";
import type { StreamTranslator } from "../provider.ts";
import { readFacts } from "./facts.ts";
import { MessageEvents, type MessageEvent } from "./message-events.ts";
import { laterReport, readUsage } from "./usage.ts";

const lineFeed = 0x0a;
const eventEnd = encodeText("\n\n");
const messageStop = encodeText('event: message_stop\ndata: {"type":"message_stop"}\n\n');

/** Characters that a delta brings; of a signature there are none that are billed. */
const lengthOfDelta = (delta: unknown): number => {
  if (!isJsonObject(delta)) return 0;
  const text = delta["text"] ?? delta["partial_json"] ?? delta["thinking"];
  return typeof text === "string" ? text.length : 0;
};

/**
 * Passes a stream of the Messages API on, event by event, unknown ones included. It names the model as the client did, and
 * keeps `message_stop` back until the request is settled.
 */
export class MessageStreamPass implements StreamTranslator {
  readonly #call: Call;
  readonly #requestId: string;
  readonly #source: MessageEvents;
  #output: Uint8Array[] = [];
  #message: JsonObject | undefined;
  #usage: JsonObject = {};
  #characters = 0;

  constructor({ call, requestId, maxEventBytes }: { call: Call; requestId: string; maxEventBytes: number }) {
    this.#call = call;
    this.#requestId = requestId;
    this.#source = new MessageEvents(maxEventBytes, (event) => this.#take(event));
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#source.push(chunk);
    return this.#taken();
  }

  end(): Uint8Array {
    this.#source.end();
    return this.#taken();
  }

  state(): "open" | "done" | "failed" {
    return this.#source.state();
  }

  error(): GatewayError | undefined {
    return this.#source.error();
  }

  usage(): MeasuredUsage {
    if (this.#message === undefined) return nothingUsed;
    const reported = readUsage(this.#usage);
    const estimated = estimateTextTokens(this.#characters);
    if (reported === undefined) {
      const counts = { ...noUsage, inputUncached: this.#call.estimatedInputTokens, outputText: estimated };
      return { counts, source: this.state() === "done" ? "estimated" : "partial" };
    }
    if (this.state() === "done") return { counts: reported, source: "reported" };
    // The input is told at once and the output at the end: what had come by now counts where it is more.
    const outputText = Math.max(reported.outputText, estimated - reported.outputReasoning);
    return { counts: { ...reported, outputText }, source: "partial" };
  }

  facts(): AnswerFacts {
    return this.#message === undefined ? noFacts : readFacts({ ...this.#message, usage: this.#usage });
  }

  close(): Uint8Array {
    return messageStop;
  }

  fail(error: GatewayError): Uint8Array {
    return encodeText(anthropicErrorEvent(error, this.#requestId));
  }

  #taken(): Uint8Array {
    const output = joinBytes(this.#output);
    this.#output = [];
    return output;
  }

  #take({ type, value, data }: MessageEvent): void {
    if (type === "message_stop") return;
    // Before its message has begun a provider may still refuse, with a status that the client is to see.
    if (type === "ping" && this.#message === undefined) return;
    if (type === "message_start") return this.#start(value, data);
    if (type === "message_delta") this.#usage = laterReport(this.#usage, value["usage"]);
    else if (type === "content_block_delta") this.#characters += lengthOfDelta(value["delta"]);
    this.#emit(type, value, data);
  }

  #start(value: JsonObject, data: Uint8Array): void {
    const message = isJsonObject(value["message"]) ? value["message"] : {};
    this.#message = message;
    this.#usage = laterReport(this.#usage, message["usage"]);
    if (message["model"] === this.#call.model) return this.#emit("message_start", value, data);
    const renamed = { ...value, message: { ...message, model: this.#call.model } };
    this.#emit("message_start", renamed, encodeJson(renamed));
  }

  #emit(type: string, value: JsonObject, data: Uint8Array): void {
    const line = data.includes(lineFeed) ? encodeJson(value) : data;
    this.#output.push(encodeText(`event: ${type}\ndata: `), line, eventEnd);
  }
}
