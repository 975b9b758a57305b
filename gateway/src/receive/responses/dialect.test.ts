import { describe, expect, it } from "vitest";
import { noFacts, type Block, type GenerationEvent } from "../../conversation/answer.ts";
import { TranslationNotes } from "../../conversation/notes.ts";
import { GatewayError, invalidRequest } from "../../errors.ts";
import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { noUsage, type MeasuredUsage } from "../../meter/usage.ts";
import { noBounds } from "../../ports.ts";
import type { Call } from "../call.ts";
import { readCall } from "../read-call.ts";
import { responsesDialect } from "./dialect.ts";

const callOf = (more: JsonObject): Call =>
  readCall({
    endpoint: "responses",
    bytes: encodeJson({ model: "m", input: "hi", ...more }),
    maxDepth: 32,
    bounds: noBounds,
    header: () => undefined,
  });
const read = (more: JsonObject) => responsesDialect.readRequest(callOf(more));
const notes = new TranslationNotes({ strict: false });
const usage: MeasuredUsage = {
  source: "reported",
  counts: { ...noUsage, inputUncached: 10, inputCacheRead: 5, inputCacheWrite1h: 2, outputText: 7, outputReasoning: 3 },
};
const usageWritten = {
  input_tokens: 17,
  input_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 },
  output_tokens: 10,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 27,
};
const frameOf = (more: JsonObject = {}) => ({
  call: callOf(more),
  requestId: "req_abc",
  createdAt: new Date(1_700_000_000_000),
});

describe("a request", () => {
  it("of a text and instructions is a system and a user turn", () => {
    expect(read({ instructions: "Be short." }).turns).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be short." }] },
      { role: "user", parts: [{ type: "text", text: "hi" }] },
    ]);
  });

  it("keeps what the model did in one turn together, in its order", () => {
    const input = [
      { role: "user", content: [{ type: "input_text", text: "look" }] },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "secret" },
      { type: "function_call", call_id: "call_1", name: "look", arguments: '{"at":1}' },
      { type: "function_call", call_id: "call_2", name: "look", arguments: '{"at":2}' },
      { type: "function_call_output", call_id: "call_1", output: "a" },
      { type: "function_call_output", call_id: "call_2", output: [{ type: "input_text", text: "b" }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "done" }] },
      { role: "developer", content: "now in French" },
    ];
    expect(read({ input }).turns).toEqual([
      { role: "user", parts: [{ type: "text", text: "look" }] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "hm", signature: { by: "openai", value: "secret" } },
          { type: "tool-call", id: "call_1", name: "look", arguments: '{"at":1}' },
          { type: "tool-call", id: "call_2", name: "look", arguments: '{"at":2}' },
        ],
      },
      {
        role: "user",
        parts: [
          { type: "tool-result", callId: "call_1", content: [{ type: "text", text: "a" }] },
          { type: "tool-result", callId: "call_2", content: [{ type: "text", text: "b" }] },
        ],
      },
      { role: "assistant", parts: [{ type: "text", text: "done" }] },
      { role: "system", parts: [{ type: "text", text: "now in French" }] },
    ]);
  });

  it("carries images and files by data and by address", () => {
    const content = [
      { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
      { type: "input_image", image_url: "https://example.com/a.png" },
      { type: "input_file", file_data: "data:application/pdf;base64,BBBB", filename: "a.pdf" },
    ];
    expect(read({ input: [{ role: "user", content }] }).turns[0]?.parts).toEqual([
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" }, detail: "low" },
      { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
      { type: "file", source: { kind: "base64", mediaType: "application/pdf", data: "BBBB" }, name: "a.pdf" },
    ]);
  });

  it("maps tools, their choice, schemas, reasoning and sampling", () => {
    const schema = { type: "object", properties: {} };
    const request = read({
      tools: [{ type: "function", name: "look", description: "Looks.", parameters: schema, strict: true }],
      tool_choice: { type: "function", name: "look" },
      parallel_tool_calls: false,
      text: { format: { type: "json_schema", name: "answer", schema, strict: true } },
      reasoning: { effort: "low", summary: "auto" },
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 50,
      safety_identifier: "somebody",
    });
    expect(request).toMatchObject({
      tools: [{ name: "look", description: "Looks.", parameters: schema, strict: true }],
      toolChoice: { type: "tool", name: "look" },
      parallelToolCalls: false,
      output: { type: "json-schema", name: "answer", schema, strict: true },
      reasoning: { effort: "low", visible: true },
      sampling: { temperature: 0.5, topP: 0.9 },
      maxOutputTokens: 50,
      endUser: "somebody",
      unmapped: [],
    });
  });

  it("names everything that has no neutral form", () => {
    const { unmapped } = read({
      service_tier: "flex",
      include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
      truncation: "auto",
      text: { verbosity: "low" },
      prompt_cache_key: null,
      store: true,
    });
    expect(unmapped).toEqual([
      { field: "service_tier", value: "flex" },
      { field: "text.verbosity", value: "low" },
      { field: "include", value: "message.output_text.logprobs" },
      { field: "truncation", value: "auto" },
    ]);
  });

  it.each([
    [{ tools: [{ type: "web_search" }] }, "tools[0].type"],
    [{ tool_choice: { type: "hosted" } }, "tool_choice"],
    [{ input: [{ type: "item_reference", id: "x" }] }, "input[0].type"],
    [{ input: [{ role: "robot", content: "" }] }, "input[0].role"],
    [{ input: [{ role: "user", content: [{ type: "input_audio" }] }] }, "input[0].content[0].type"],
    [{ input: [{ role: "user", content: [{ type: "input_image", file_id: "f" }] }] }, "input[0].content[0].file_id"],
    [{ background: true }, "background"],
    [{ conversation: "conv_1" }, "conversation"],
    [{ max_output_tokens: 0 }, "max_output_tokens"],
  ])("with %j is refused, and the field named", (more, param) => {
    const refused = ((): unknown => {
      try {
        return read(more);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ status: 400, param });
  });
});

const blocks: Block[] = [
  { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "sig" } },
  { type: "text", text: "hello" },
  { type: "tool-call", id: "call_1", name: "look", arguments: "" },
];

describe("a whole answer", () => {
  const write = (answer: Block[], finish: "stop" | "length" | "content-filter") =>
    responsesDialect.writeAnswer(
      frameOf({ instructions: "Be short.", metadata: { a: "b" } }),
      { choices: [{ blocks: answer, finish }], usage: undefined, facts: noFacts },
      usage,
      notes,
    );

  it("has an item for each block, by ids of its own, and the usage", () => {
    expect(write(blocks, "stop")).toMatchObject({
      id: "resp_abc",
      object: "response",
      created_at: 1_700_000_000,
      status: "completed",
      model: "m",
      instructions: "Be short.",
      metadata: { a: "b" },
      store: false,
      output: [
        {
          type: "reasoning",
          id: "rs_abc_0",
          summary: [{ type: "summary_text", text: "hm" }],
          encrypted_content: "gateway1.anthropic.sig",
        },
        { type: "message", id: "msg_abc_1", role: "assistant", content: [{ type: "output_text", text: "hello" }] },
        { type: "function_call", id: "fc_abc_2", call_id: "call_1", name: "look", arguments: "{}" },
      ],
      usage: usageWritten,
    });
  });

  it.each([
    ["length", "max_output_tokens"],
    ["content-filter", "content_filter"],
  ] as const)("that ended by %s is incomplete", (finish, reason) => {
    expect(write([], finish)).toMatchObject({ status: "incomplete", incomplete_details: { reason } });
  });

  it("can be sent back, signatures included", () => {
    const { output } = write(blocks, "stop");
    expect(read({ input: output }).turns[0]?.parts[0]).toEqual({
      type: "reasoning",
      text: "hm",
      signature: { by: "anthropic", value: "sig" },
    });
  });
});

describe("a streamed answer", () => {
  const at = { choice: 0 };
  const events: GenerationEvent[] = [
    { type: "start", facts: noFacts },
    { type: "block-start", ...at, block: 0, content: { type: "reasoning", text: "" } },
    { type: "delta", ...at, block: 0, delta: "hm" },
    { type: "signature", ...at, block: 0, signature: { by: "anthropic", value: "sig" } },
    { type: "block-end", ...at, block: 0 },
    { type: "block-start", ...at, block: 1, content: { type: "text", text: "" } },
    { type: "delta", ...at, block: 1, delta: "hel" },
    { type: "block-start", ...at, block: 2, content: { type: "tool-call", id: "call_1", name: "look", arguments: "" } },
    { type: "delta", ...at, block: 2, delta: '{"at":' },
    { type: "delta", ...at, block: 1, delta: "lo" },
    { type: "delta", ...at, block: 2, delta: "1}" },
    { type: "block-end", ...at, block: 1 },
    { type: "block-end", ...at, block: 2 },
    { type: "finish", ...at, reason: "tool-calls" },
  ];

  const eventsOf = (text: string): JsonObject[] =>
    text
      .split("\n\n")
      .filter((block) => block !== "")
      .map((block) => {
        const [, type, data] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
        const event: unknown = JSON.parse(data ?? "");
        if (!isJsonObject(event) || event["type"] !== type) throw new Error(`an event without its name: ${block}`);
        return event;
      });

  const written = () => {
    const writer = responsesDialect.streamWriter(frameOf(), notes);
    return eventsOf(events.map((event) => writer.write(event)).join("") + writer.close(usage));
  };

  it("numbers its events, and tells every item before its parts and their ends", () => {
    const all = written();
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, index) => index));
    expect(
      all.map(({ type, output_index: index }) => JSON.stringify(index === undefined ? type : [type, index])),
    ).toEqual([
      '"response.created"',
      '"response.in_progress"',
      '["response.output_item.added",0]',
      '["response.reasoning_summary_part.added",0]',
      '["response.reasoning_summary_text.delta",0]',
      '["response.reasoning_summary_text.done",0]',
      '["response.reasoning_summary_part.done",0]',
      '["response.output_item.done",0]',
      '["response.output_item.added",1]',
      '["response.content_part.added",1]',
      '["response.output_text.delta",1]',
      '["response.output_item.added",2]',
      '["response.function_call_arguments.delta",2]',
      '["response.output_text.delta",1]',
      '["response.function_call_arguments.delta",2]',
      '["response.output_text.done",1]',
      '["response.content_part.done",1]',
      '["response.output_item.done",1]',
      '["response.function_call_arguments.done",2]',
      '["response.output_item.done",2]',
      '"response.completed"',
    ]);
  });

  it("ends with the same response as a whole answer would be", () => {
    const streamed = written().at(-1)?.["response"];
    const answered: Block[] = [
      { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "sig" } },
      { type: "text", text: "hello" },
      { type: "tool-call", id: "call_1", name: "look", arguments: '{"at":1}' },
    ];
    const whole = responsesDialect.writeAnswer(
      frameOf(),
      { choices: [{ blocks: answered, finish: "tool-calls" }], usage: undefined, facts: noFacts },
      usage,
      notes,
    );
    expect(streamed).toEqual(whole);
  });

  it("without a block has its beginning and its end", () => {
    const writer = responsesDialect.streamWriter(frameOf(), notes);
    expect(eventsOf(writer.close(usage)).map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
  });

  it("edge case 03: tells an error as an event of the dialect, after which nothing is completed", () => {
    const writer = responsesDialect.streamWriter(frameOf(), notes);
    writer.write({ type: "start", facts: noFacts });
    expect(eventsOf(writer.fail(invalidRequest("broke off", { code: "provider_disconnected" })))).toEqual([
      { type: "error", sequence_number: 2, code: "provider_disconnected", message: "broke off", param: null },
    ]);
  });
});
