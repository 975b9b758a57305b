import { createChatCompletion } from "@llm-tuner/contract/ecosystem.ts";
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { CallError, parseJson } from "./call.ts";
import { gatewayFetch } from "./gateway-fetch.ts";

/** What a page needs of an answer while it comes. */
export type ChatEvent =
  | { type: "begun"; requestId: string | null; provider: string | null; warnings: string[] }
  | { type: "text" | "reasoning" | "refusal"; text: string }
  | { type: "picture"; url: string }
  | { type: "finished"; reason: string }
  | { type: "usage"; inputTokens: number; outputTokens: number };

const word = z.string().nullish();

/** Read tolerantly: providers add fields of their own. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: word,
            reasoning_content: word,
            refusal: word,
            images: z.array(z.object({ image_url: z.object({ url: z.string() }) })).nullish(),
          })
          .nullish(),
        finish_reason: word,
      }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullish(),
  error: z.object({ message: z.string(), code: word }).nullish(),
});
type Chunk = z.infer<typeof Chunk>;

const notUnderstood = (): CallError =>
  new CallError({
    status: 0,
    code: "unexpected_answer",
    message: "The answer holds something that this page does not understand.",
  });

const brokenOff = (): CallError =>
  new CallError({ status: 0, code: "answer_broken_off", message: "The answer broke off before its end." });

const eventsOf = ({ choices, usage, error }: Chunk): ChatEvent[] => {
  if (error !== undefined && error !== null) {
    throw new CallError({ status: 0, code: error.code ?? "provider_error", message: error.message });
  }
  const events = (choices ?? []).flatMap(({ delta, finish_reason }): ChatEvent[] => [
    ...(delta?.reasoning_content ? [{ type: "reasoning" as const, text: delta.reasoning_content }] : []),
    ...(delta?.content ? [{ type: "text" as const, text: delta.content }] : []),
    ...(delta?.refusal ? [{ type: "refusal" as const, text: delta.refusal }] : []),
    ...(delta?.images ?? []).map(({ image_url }) => ({ type: "picture" as const, url: image_url.url })),
    ...(finish_reason ? [{ type: "finished" as const, reason: finish_reason }] : []),
  ]);
  if (usage === undefined || usage === null) return events;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage;
  return [...events, { type: "usage", inputTokens, outputTokens }];
};

/** Turns the text of a stream, in whatever pieces it comes, into events. `feed` and `end` throw CallError. */
export const createChatReader = () => {
  const arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  let isDone = false;
  return {
    feed(text: string): ChatEvent[] {
      parser.feed(text);
      return arrived.splice(0).flatMap((data) => {
        if (data === "[DONE]") {
          isDone = true;
          return [];
        }
        const chunk = Chunk.safeParse(parseJson(data));
        if (!chunk.success) throw notUnderstood();
        return eventsOf(chunk.data);
      });
    },
    /** Nothing comes any more: a stream that is whole has said so. */
    end(): void {
      if (!isDone) throw brokenOff();
    },
  };
};

/** Entries `field: why` of the header by which the gateway tells what it could not carry to the provider. */
export const warningsOf = (header: string | null): string[] =>
  (header ?? "")
    .split("; ")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

interface AskChat {
  /** A `ChatCompletionRequest`; that it is streamed is added here. */
  body: Readonly<Record<string, unknown>>;
  signal: AbortSignal;
  onEvents(events: readonly ChatEvent[]): void;
}

/** Asks a model and reads the answer to its end. Rejects with CallError, or with AbortError when `signal` says so. */
export const streamChat = async ({ body, signal, onEvents }: AskChat): Promise<void> => {
  const response = await gatewayFetch(createChatCompletion.path, {
    method: createChatCompletion.method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  const { headers } = response;
  onEvents([
    {
      type: "begun",
      requestId: headers.get("x-request-id"),
      provider: headers.get("x-gateway-provider"),
      warnings: warningsOf(headers.get("x-gateway-warnings")),
    },
  ]);
  if (response.body === null) throw brokenOff();
  const chat = createChatReader();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = chat.feed(decoder.decode(part.value, { stream: true }));
      if (events.length > 0) onEvents(events);
    }
  } catch (error) {
    if (error instanceof CallError || signal.aborted) throw error;
    throw brokenOff();
  } finally {
    // What is left after an error is of no use to anybody.
    reader.cancel().catch(() => undefined);
  }
  chat.end();
};
