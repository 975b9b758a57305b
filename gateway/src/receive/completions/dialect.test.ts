import { describe, expect, it } from "vitest";
import type { Block, GenerationEvent } from "../../conversation/answer.ts";
import { noFacts } from "../../conversation/answer.ts";
import { TranslationNotes } from "../../conversation/notes.ts";
import { invalidRequest } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { completionsDialect } from "./dialect.ts";

const read = (more: JsonObject) => completionsDialect.readRequest(chatCall(more, "completions"));
const usage = { counts: { ...noUsage, inputUncached: 3, outputText: 2 }, source: "reported" as const };
const frameOf = (more: JsonObject = {}) => ({
  call: chatCall(more, "completions"),
  requestId: "req_1",
  createdAt: new Date(1_700_000_000_500),
});

describe("a completion request", () => {
  it("is one turn of the user", () => {
    for (const prompt of ["hi", ["hi"]]) {
      expect(read({ prompt, max_tokens: 5, logprobs: 2, n: 2 })).toMatchObject({
        turns: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
        maxOutputTokens: 5,
        sampling: { topLogprobs: 2 },
        choices: 2,
        unmapped: [],
      });
    }
  });

  it.each([
    [{ prompt: ["a", "b"] }, "prompt"],
    [{ prompt: [1, 2] }, "prompt"],
    [{ prompt: [[1], [2]] }, "prompt"],
    [{ prompt: [] }, "prompt"],
    [{ echo: true }, "echo"],
    [{ suffix: "end" }, "suffix"],
    [{ best_of: 2 }, "best_of"],
  ])("400: %j", (more, param) => {
    expect(() => read(more)).toThrow(expect.objectContaining({ status: 400, code: "unsupported_parameter", param }));
  });

  it("leaves out what asks for nothing", () => {
    expect(read({ echo: false, suffix: "", best_of: 1, logit_bias: { 5: 1 } }).unmapped).toEqual([
      { field: "logit_bias", value: { 5: 1 } },
    ]);
  });
});

describe("a completion", () => {
  it("is the text of the answer, its model named as the caller did", () => {
    const notes = new TranslationNotes({ strict: false });
    const blocks: Block[] = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "gr" },
      { type: "text", text: "ün" },
    ];
    const answer = { choices: [{ blocks, finish: "length" as const }], usage: undefined, facts: noFacts };
    expect(completionsDialect.writeAnswer(frameOf(), answer, usage, notes)).toMatchObject({
      id: "cmpl-1",
      object: "text_completion",
      created: 1_700_000_000,
      model: "m",
      choices: [{ index: 0, text: "grün", logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect(notes.header()).toContain("choices");
  });

  it("streams the same, with usage where it was asked for, and ends with [DONE] or an error", () => {
    const notes = new TranslationNotes({ strict: false });
    const call = { stream: true, stream_options: { include_usage: true } };
    const writer = completionsDialect.streamWriter(frameOf(call), notes);
    const events: GenerationEvent[] = [
      { type: "start", facts: noFacts },
      { type: "block-start", choice: 0, block: 0, content: { type: "reasoning", text: "" } },
      { type: "delta", choice: 0, block: 0, delta: "hm" },
      { type: "block-end", choice: 0, block: 0 },
      { type: "block-start", choice: 0, block: 1, content: { type: "text", text: "" } },
      { type: "delta", choice: 0, block: 1, delta: "grün" },
      { type: "block-end", choice: 0, block: 1 },
      { type: "finish", choice: 0, reason: "stop" },
    ];
    const text = events.map((event) => writer.write(event)).join("") + writer.close(usage);
    const chunks = text.split("\n\n").filter((event) => event.startsWith("data: {"));
    const parsed = chunks.map((event): unknown => JSON.parse(event.slice("data: ".length)));
    expect(parsed).toMatchObject([
      { choices: [{ text: "grün", finish_reason: null }], usage: null },
      { choices: [{ text: "", finish_reason: "stop" }], usage: null },
      { choices: [], usage: { total_tokens: 5 } },
    ]);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(notes.header()).toContain("choices");
    expect(writer.fail(invalidRequest("no"))).toMatch(/^data: \{"error":\{"message":"no".*\n\n$/);
  });
});
