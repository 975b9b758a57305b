import { noFacts, type AnswerFacts, type Block, type GenerationEvent } from "./conversation/answer.ts";
import {
  rememberBlocks,
  ReasoningObserver,
  type TurnMemory,
  withRememberedReasoning,
} from "./conversation/reasoning-memory.ts";
import type { TranslationNotes } from "./conversation/notes.ts";
import { checkToolChoice } from "./conversation/tool-choice.ts";
import { withInlinedMedia } from "./conversation/inlined-media.ts";
import type { GatewayError } from "./errors.ts";
import { encodeJson, encodeText } from "./json.ts";
import { estimateTextTokens } from "./meter/estimate.ts";
import { laterUsage, noUsage, nothingUsed, type MeasuredUsage, type Usage } from "./meter/usage.ts";
import { answerFault } from "./providers/answer-fault.ts";
import type {
  GenerationAdapter,
  GenerationReader,
  StreamTranslator,
  Translation,
  TranslationArgs,
} from "./providers/provider.ts";
import type { GenerationDialect, GenerationWriter } from "./receive/generation-dialect.ts";

const nothing = new Uint8Array(0);

const blockKey = ({ choice, block }: { choice: number; block: number }): string => `${choice} ${block}`;

/** A provider's stream read into the neutral form and written in the caller's dialect. */
class TranslatedStream implements StreamTranslator {
  readonly #reader: GenerationReader;
  readonly #writer: GenerationWriter;
  readonly #observer: ReasoningObserver;
  readonly #estimatedInputTokens: number;
  readonly #notes: TranslationNotes;
  /** What of the notes stands in the header, which is sent with the first bytes; null before. */
  #told: string | undefined | null = null;
  #facts: AnswerFacts = noFacts;
  #reported: Usage | undefined;
  #sawEvent = false;
  #characters = 0;
  /** Blocks whose deltas are pictures, of which no tokens are counted by their length. */
  readonly #pictures = new Set<string>();
  #fault: GatewayError | undefined;

  constructor(args: {
    reader: GenerationReader;
    writer: GenerationWriter;
    memory: TurnMemory;
    notes: TranslationNotes;
    estimatedInputTokens: number;
  }) {
    this.#reader = args.reader;
    this.#writer = args.writer;
    this.#observer = new ReasoningObserver(args.memory);
    this.#notes = args.notes;
    this.#estimatedInputTokens = args.estimatedInputTokens;
  }

  push(chunk: Uint8Array): Uint8Array {
    return this.#take(() => this.#reader.push(chunk));
  }

  end(): Uint8Array {
    return this.#take(() => this.#reader.end());
  }

  state(): "open" | "done" | "failed" {
    return this.#fault === undefined ? this.#reader.state() : "failed";
  }

  error(): GatewayError | undefined {
    return this.#fault ?? this.#reader.error();
  }

  usage(): MeasuredUsage {
    if (!this.#sawEvent) return nothingUsed;
    const outputText = estimateTextTokens(this.#characters);
    const counted = { ...noUsage, inputUncached: this.#estimatedInputTokens, outputText };
    if (this.state() === "done") {
      return this.#reported === undefined
        ? { counts: counted, source: "estimated" }
        : { counts: this.#reported, source: "reported" };
    }
    if (this.#reported === undefined) return { counts: counted, source: "partial" };
    // Some report the input at once and the output at the end: what had come by now counts where it is more.
    const { outputReasoning, outputText: reportedText } = this.#reported;
    const more = Math.max(0, outputText - outputReasoning - reportedText);
    return { counts: { ...this.#reported, outputText: reportedText + more }, source: "partial" };
  }

  facts(): AnswerFacts {
    return this.#facts;
  }

  close(): Uint8Array {
    return encodeText(this.#laterWarnings() + this.#writer.close(this.usage()));
  }

  fail(error: GatewayError): Uint8Array {
    return encodeText(this.#writer.fail(error));
  }

  #take(read: () => readonly GenerationEvent[]): Uint8Array {
    if (this.state() !== "open") return nothing;
    try {
      let text = "";
      for (const event of read()) {
        this.#note(event);
        text += this.#writer.write(event);
      }
      if (text === "") return nothing;
      if (this.#told === null) this.#told = this.#notes.header();
      return encodeText(text);
    } catch (cause) {
      this.#fault = answerFault(cause);
      return nothing;
    }
  }

  /** What was lost after the header had been sent, as a comment, which every client skips that does not look for it. */
  #laterWarnings(): string {
    const warnings = this.#notes.header();
    return this.#told === null || warnings === this.#told ? "" : `: x-gateway-warnings: ${warnings}\n\n`;
  }

  #note(event: GenerationEvent): void {
    this.#sawEvent = true;
    this.#observer.take(event);
    if (event.type === "start") this.#facts = event.facts;
    else if (event.type === "usage") this.#reported = laterUsage(this.#reported, event.usage);
    else if (event.type === "block-start" && event.content.type === "image") this.#pictures.add(blockKey(event));
    else if (event.type === "delta" && !this.#pictures.has(blockKey(event))) this.#characters += event.delta.length;
  }
}

/** Characters of everything that the model wrote, for providers that report no usage. */
const answerLength = (blocks: readonly Block[]): number =>
  blocks.reduce((length, block) => {
    if (block.type === "tool-call") return length + block.arguments.length;
    return block.type === "image" ? length : length + block.text.length;
  }, 0);

/** A call by way of the neutral form: read from its dialect, asked of the provider, and written back. */
export const translateGeneration = (
  dialect: GenerationDialect,
  adapter: GenerationAdapter,
  args: TranslationArgs,
): Translation => {
  const { call, route, requestId, createdAt, notes, memory, media, maxEventBytes } = args;
  const asked = dialect.readRequest(call);
  checkToolChoice(asked);
  const request = withInlinedMedia(withRememberedReasoning(asked, memory), media);
  const frame = { call, requestId, createdAt };
  return {
    request: adapter.buildRequest({ request, stream: call.stream, route, requestId, notes }),
    readAnswer(body) {
      const answer = adapter.readAnswer(body, notes);
      for (const choice of answer.choices) rememberBlocks(choice.blocks, memory);
      const blocks = answer.choices.flatMap((choice) => choice.blocks);
      const outputText = estimateTextTokens(answerLength(blocks));
      const usage: MeasuredUsage =
        answer.usage === undefined
          ? { counts: { ...noUsage, inputUncached: call.estimatedInputTokens, outputText }, source: "estimated" }
          : { counts: answer.usage, source: "reported" };
      return { bytes: encodeJson(dialect.writeAnswer(frame, answer, usage, notes)), usage, facts: answer.facts };
    },
    streamTranslator: () =>
      new TranslatedStream({
        reader: adapter.streamReader({ maxEventBytes, notes }),
        writer: dialect.streamWriter(frame, notes),
        memory,
        notes,
        estimatedInputTokens: call.estimatedInputTokens,
      }),
  };
};
