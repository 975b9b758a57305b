import { noFacts, type AnswerFacts } from "../../conversation/answer.ts";
import type { GatewayError } from "../../errors.ts";
import { decodeJsonObject, decodeText, encodeText, joinBytes } from "../../json.ts";
import { laterUsage, type MeasuredUsage, noUsage, nothingUsed, type Usage } from "../../meter/usage.ts";
import { openAiErrorEvent } from "../../receive/openai-errors.ts";
import { answerFault } from "../answer-fault.ts";
import { EventScanner, type ScannedEvent } from "../event-scanner.ts";
import { invalidProviderAnswer, providerFailure } from "../provider-errors.ts";
import type { StreamTranslator } from "../provider.ts";
import { readImageUsage } from "./image-usage.ts";
import { readErrorObject } from "./read-error.ts";

/** What OpenAI bills for a picture that is sent before it is ready. */
const tokensOfPartial = 100;
const nothing = new Uint8Array(0);
const lineFeed = 0x0a;

/**
 * Passes a stream of pictures on, event by event: partial ones and, in the last of each, the whole with the usage. There is
 * no event that ends it, so that its own end counts when a picture was completed before.
 */
export class ImageStreamTranslator implements StreamTranslator {
  readonly #estimatedInputTokens: number;
  readonly #scanner: EventScanner;
  #output: Uint8Array[] = [];
  #state: "open" | "done" | "failed" = "open";
  #error: GatewayError | undefined;
  #reported: Usage | undefined;
  #partials = 0;
  #completed = 0;

  constructor(args: { estimatedInputTokens: number; maxEventBytes: number }) {
    this.#estimatedInputTokens = args.estimatedInputTokens;
    this.#scanner = new EventScanner({
      maxEventBytes: args.maxEventBytes,
      onEvent: (event) => this.#takeEvent(event),
    });
  }

  push(chunk: Uint8Array): Uint8Array {
    return this.#scan(() => this.#scanner.push(chunk));
  }

  end(): Uint8Array {
    return this.#scan(() => {
      this.#scanner.end();
      if (this.#state !== "open") return;
      if (this.#completed > 0) this.#state = "done";
      else throw providerFailure({ kind: "disconnected", cause: "the stream ended before a picture was complete" });
    });
  }

  state(): "open" | "done" | "failed" {
    return this.#state;
  }

  error(): GatewayError | undefined {
    return this.#error;
  }

  usage(): MeasuredUsage {
    if (this.#partials + this.#completed === 0) return nothingUsed;
    const isWhole = this.#state === "done";
    if (this.#reported !== undefined) return { counts: this.#reported, source: isWhole ? "reported" : "partial" };
    const counts = { ...noUsage, inputUncached: this.#estimatedInputTokens, images: this.#completed };
    if (isWhole) return { counts, source: "estimated" };
    return { counts: { ...counts, outputImage: this.#partials * tokensOfPartial }, source: "partial" };
  }

  /** Pictures have no id. */
  facts(): AnswerFacts {
    return noFacts;
  }

  close(): Uint8Array {
    return nothing;
  }

  fail(error: GatewayError): Uint8Array {
    return openAiErrorEvent(error);
  }

  #scan(step: () => void): Uint8Array {
    if (this.#state === "open") {
      try {
        step();
      } catch (thrown) {
        this.#state = "failed";
        this.#error = answerFault(thrown);
      }
    }
    const output = joinBytes(this.#output);
    this.#output = [];
    return output;
  }

  #takeEvent({ type, data }: ScannedEvent): void {
    if (this.#state !== "open") return;
    if (data.length < 16 && decodeText(data).trim() === "[DONE]") {
      if (this.#completed > 0) this.#state = "done";
      return;
    }
    const event = decodeJsonObject(data);
    if (event === undefined) throw invalidProviderAnswer("sent an event that is not a JSON object");
    if (type === "error" || (event["error"] !== undefined && event["error"] !== null)) throw readErrorObject(event);
    const kind = typeof event["type"] === "string" ? event["type"] : type;
    if (kind.endsWith(".partial_image")) this.#partials += 1;
    if (kind.endsWith(".completed")) this.#completed += 1;
    this.#reported = laterUsage(this.#reported, readImageUsage(event["usage"]));
    if (type !== "") this.#output.push(encodeText(`event: ${type}\n`));
    const oneLine = data.includes(lineFeed) ? encodeText(JSON.stringify(event)) : data;
    this.#output.push(encodeText("data: "), oneLine, encodeText("\n\n"));
  }
}
