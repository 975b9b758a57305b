import { OpenAiError } from "@llm-tuner/contract/errors.ts";
import { EventScanner } from "@llm-tuner/gateway/providers/event-scanner.ts";
import type { GatewayReply } from "@llm-tuner/gateway/receive/exchange.ts";
import { z } from "zod";

/** What came of a streamed answer, piece by piece. */
export interface AnswerStream {
  /** For the gateway to write into. */
  reply: GatewayReply;
  /** Resolves when the answer begins; never when there is none. */
  begun: Promise<void>;
  /** Pieces of text as they come; ends with the answer. */
  pieces: () => AsyncGenerator<string>;
  /** No more comes, whatever the gateway wrote. */
  end: () => void;
  /** Of the whole answer, to be asked after the last piece. */
  result: () => { model: string; finishReason: string | null; error: OpenAiError | undefined };
}

/** A chunk of a chat completion, as far as it is shown. */
const Chunk = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({ delta: z.object({ content: z.string().nullish() }).optional(), finish_reason: z.string().nullish() }),
    )
    .optional(),
});

/** Beyond so many pieces that nobody has taken yet the gateway waits for the reader. */
const maxWaitingPieces = 256;
const maxEventBytes = 32 * 1024 * 1024;
const lastData = "[DONE]";

/** Reads the events of a streamed chat completion for somebody who wants its text. */
export function createAnswerStream(): AnswerStream {
  const begun = Promise.withResolvers<void>();
  const waiting: string[] = [];
  let result: ReturnType<AnswerStream["result"]> = { model: "", finishReason: null, error: undefined };
  let ended = false;
  let resume = (): void => undefined;
  // One promise for each wait of the reader.
  let wake = (): void => undefined;

  function takeChunk(text: string): void {
    if (text === lastData) return;
    const data: unknown = JSON.parse(text);
    const error = OpenAiError.safeParse(data).data;
    if (error !== undefined) {
      result = { ...result, error };
      return;
    }
    const { model, choices } = Chunk.parse(data);
    const [choice] = choices ?? [];
    result = {
      ...result,
      model: model ?? result.model,
      finishReason: choice?.finish_reason ?? result.finishReason,
    };
    const content = choice?.delta?.content ?? "";
    if (content !== "") waiting.push(content);
  }

  const decoder = new TextDecoder();
  const scanner = new EventScanner({ maxEventBytes, onEvent: ({ data }) => takeChunk(decoder.decode(data)) });

  function finish(): void {
    ended = true;
    wake();
  }

  return {
    reply: {
      start: () => begun.resolve(),
      write(bytes) {
        scanner.push(bytes);
        wake();
        return waiting.length < maxWaitingPieces;
      },
      onDrain: (listener) => (resume = listener),
      end(bytes) {
        if (bytes !== undefined) scanner.push(bytes);
        scanner.end();
        finish();
      },
      breakOff: finish,
    },
    begun: begun.promise,
    async *pieces() {
      for (;;) {
        const taken = waiting.splice(0);
        yield* taken;
        if (taken.length > 0) resume();
        else if (ended) return;
        else {
          const woken = Promise.withResolvers<void>();
          wake = woken.resolve;
          await woken.promise;
        }
      }
    },
    end: finish,
    result: () => result,
  };
}
