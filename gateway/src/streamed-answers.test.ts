import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { type Generation, noFacts } from "./conversation/answer.ts";
import { TranslationNotes } from "./conversation/notes.ts";
import { encodeJson, encodeText, type JsonObject } from "./json.ts";
import { type MeasuredUsage, noUsage } from "./meter/usage.ts";
import { noBounds } from "./ports.ts";
import type { Endpoint } from "./receive/call.ts";
import { generationDialects } from "./receive/dialects.ts";
import { readCall } from "./receive/read-call.ts";
import { type Random, seededRandom } from "./testing/random.ts";
import { randomChoice, streamedAnswer } from "./testing/random-answers.ts";

const rounds = 60;
const usage: MeasuredUsage = { source: "reported", counts: { ...noUsage, inputUncached: 7, outputText: 5 } };

/** A stream of these bytes, cut anywhere. */
const cutStream = (random: Random, bytes: Uint8Array): ReadableStream<Uint8Array> => {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close();
      const end = start + 1 + random.below(200);
      controller.enqueue(bytes.slice(start, end));
      start = end;
    },
  });
};

/** The answer as a dialect writes it, whole and streamed. */
const written = (random: Random, endpoint: Endpoint, body: JsonObject, answer: Generation) => {
  const dialect = generationDialects[endpoint];
  if (dialect === undefined) throw new Error("the endpoint has no dialect");
  const call = readCall({ endpoint, bytes: encodeJson(body), maxDepth: 32, bounds: noBounds, header: () => undefined });
  const frame = { call, requestId: "req_7", createdAt: new Date(1_700_000_000_000) };
  const notes = new TranslationNotes({ strict: true });
  const writer = dialect.streamWriter(frame, notes);
  const events = streamedAnswer(random, answer).map((event) => writer.write(event));
  const text = events.join("") + writer.close(usage);
  return { whole: dialect.writeAnswer(frame, answer, usage, notes), stream: cutStream(random, encodeText(text)) };
};

const answering = (stream: ReadableStream<Uint8Array>) => async (): Promise<Response> =>
  new Response(stream, { headers: { "content-type": "text/event-stream" } });

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const seeds = Array.from({ length: rounds }, (_, index) => 20_261_121 + index * 7_919);

describe("a stream is put together by the official SDK to what the whole answer would have been", () => {
  it("of chat completions, also of two choices at once", async () => {
    for (const seed of seeds) {
      const random = seededRandom(seed);
      const choices = Array.from({ length: 1 + random.below(2) }, () => randomChoice(random));
      const body = {
        model: "m",
        messages: [{ role: "user", content: "hi" }],
        stream: true,
        stream_options: { include_usage: true },
        n: choices.length,
      };
      const { whole, stream } = written(random, "chat/completions", body, {
        choices,
        usage: usage.counts,
        facts: noFacts,
      });
      const client = new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(stream) });
      const final = await client.chat.completions
        .stream({ model: "m", messages: [], stream_options: { include_usage: true } })
        .finalChatCompletion();
      const told = (choice: { finish_reason: unknown; message: OpenAI.ChatCompletionMessage }) => ({
        finish: choice.finish_reason,
        // A stream begins before it is known that there will be no text.
        content: choice.message.content || null,
        refusal: choice.message.refusal ?? null,
        calls: (choice.message.tool_calls ?? []).map((call) =>
          call.type === "function" ? [call.id, call.function.name, call.function.arguments] : call.type,
        ),
      });
      // What the writer gives is a chat completion; its SDK's type says what may be read of it.
      const expected = whole as unknown as OpenAI.ChatCompletion;
      expect(plain(final.choices.map(told)), `seed ${seed}`).toEqual(expected.choices.map(told));
      expect(final.usage).toMatchObject(expected.usage ?? {});
    }
  });

  it("of the Messages API", async () => {
    for (const seed of seeds) {
      const random = seededRandom(seed);
      const answer = { choices: [randomChoice(random)], usage: usage.counts, facts: noFacts };
      const body = { model: "m", messages: [{ role: "user", content: "hi" }], max_tokens: 5, stream: true };
      const { whole, stream } = written(random, "messages", body, answer);
      const client = new Anthropic({ apiKey: "k", maxRetries: 0, fetch: answering(stream) });
      const final = await client.messages
        .stream({ model: "m", max_tokens: 5, messages: [{ role: "user", content: "hi" }] })
        .finalMessage();
      expect(plain(final.content), `seed ${seed}`).toEqual(whole["content"]);
      expect([final.stop_reason, final.id, final.model]).toEqual([whole["stop_reason"], whole["id"], whole["model"]]);
      expect(final.usage.output_tokens).toBe(5);
    }
  });

  it("of Responses", async () => {
    for (const seed of seeds) {
      const random = seededRandom(seed);
      const answer = { choices: [randomChoice(random)], usage: usage.counts, facts: noFacts };
      const { whole, stream } = written(random, "responses", { model: "m", input: "hi", stream: true }, answer);
      const client = new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(stream) });
      const deltas = new Map<string, string>();
      const running = client.responses.stream({ model: "m", input: "hi" });
      for await (const event of running) {
        if (!("delta" in event) || typeof event.delta !== "string" || !("item_id" in event)) continue;
        deltas.set(event.item_id, (deltas.get(event.item_id) ?? "") + event.delta);
      }
      const final = await running.finalResponse();
      const output = final.output.map((item) => ({ ...item, parsed_arguments: undefined }));
      const withoutParsed = (key: string, value: unknown): unknown => (key.startsWith("parsed") ? undefined : value);
      const expected: unknown = whole["output"];
      expect(JSON.parse(JSON.stringify(output, withoutParsed)), `seed ${seed}`).toEqual(expected);
      expect(final.status).toBe(whole["status"]);
      const texts = final.output.flatMap((item) => {
        if (item.type === "function_call") return item.arguments === "{}" ? [] : [[item.id, item.arguments]];
        if (item.type === "reasoning") return [[item.id, item.summary[0]?.text]];
        if (item.type !== "message") return [];
        const [part] = item.content;
        return [[item.id, part?.type === "refusal" ? part.refusal : part?.text]];
      });
      expect([...deltas], `seed ${seed}`).toEqual(expect.arrayContaining(texts));
    }
  });
});
