import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { readRequest } from "./read-request.ts";
import { messageCall } from "./testing/calls-and-events.ts";

const read = (body: JsonObject) => readRequest(messageCall(body));
const partsOf = (content: unknown, role = "user") => read({ messages: [{ role, content }] }).turns[0]?.parts;
const refusal = (body: JsonObject): unknown => {
  try {
    return { passed: read(body) };
  } catch (error) {
    return error instanceof Error && "param" in error && "code" in error ? [error.code, error.param] : error;
  }
};

const png = { type: "base64", media_type: "image/png", data: "AA==" };
const mark = { cache_control: { type: "ephemeral", ttl: "1h" } };

describe("a message request", () => {
  it("is read with its system, as text or as blocks, before its turns", () => {
    const user = { role: "user", parts: [{ type: "text", text: "hi" }] };
    expect(read({ system: "be brief" }).turns).toEqual([
      { role: "system", parts: [{ type: "text", text: "be brief" }] },
      user,
    ]);
    const blocks = [
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: { type: "ephemeral" } },
    ];
    expect(read({ system: blocks }).turns[0]?.parts).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b", cache: { lifetime: "5m" } },
    ]);
    expect(read({}).turns).toEqual([user]);
  });

  it("is read with pictures, documents and passages", () => {
    const content = [
      { type: "image", source: png, ...mark },
      { type: "image", source: { type: "url", url: "https://x.org/a.png" } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" }, title: "Bill" },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "inside" }, title: "Note", ...mark },
      { type: "document", source: { type: "content", content: [{ type: "text", text: "one" }] } },
      { type: "search_result", title: "T", source: "https://x.org", content: [{ type: "text", text: "found" }] },
    ];
    expect(partsOf(content)).toEqual([
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" }, cache: { lifetime: "1h" } },
      { type: "image", source: { kind: "url", url: "https://x.org/a.png" } },
      { type: "file", source: { kind: "base64", mediaType: "application/pdf", data: "AA==" }, name: "Bill" },
      { type: "text", text: "Note" },
      { type: "text", text: "inside", cache: { lifetime: "1h" } },
      { type: "text", text: "one" },
      { type: "text", text: "T\nhttps://x.org" },
      { type: "text", text: "found" },
    ]);
  });

  it("is read with the calls of tools and all that their results hold", () => {
    const call = { type: "tool_use", id: "toolu_1", name: "look", input: { at: "Zürich" } };
    expect(partsOf([call], "assistant")).toEqual([
      { type: "tool-call", id: "toolu_1", name: "look", arguments: '{"at":"Zürich"}' },
    ]);
    const results = [
      { type: "tool_result", tool_use_id: "toolu_1", content: "dark" },
      { type: "tool_result", tool_use_id: "toolu_2", is_error: true },
      {
        type: "tool_result",
        tool_use_id: "toolu_3",
        content: [
          { type: "text", text: "a" },
          { type: "image", source: png },
        ],
      },
    ];
    expect(partsOf(results)).toEqual([
      { type: "tool-result", callId: "toolu_1", content: [{ type: "text", text: "dark" }] },
      { type: "tool-result", callId: "toolu_2", content: [], isError: true },
      {
        type: "tool-result",
        callId: "toolu_3",
        content: [
          { type: "text", text: "a" },
          { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" } },
        ],
      },
    ]);
  });

  it("edge case 07: is read with the signatures of whichever provider made them", () => {
    const content = [
      { type: "thinking", thinking: "hm", signature: "EqQB" },
      { type: "thinking", thinking: "so", signature: "gateway:gemini:Cg+/=" },
      { type: "thinking", thinking: "well", signature: "" },
      { type: "redacted_thinking", data: "Emw=" },
      { type: "redacted_thinking", data: "gateway:openai:gAAA" },
    ];
    expect(partsOf(content, "assistant")).toEqual([
      { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "EqQB" } },
      { type: "reasoning", text: "so", signature: { by: "gemini", value: "Cg+/=" } },
      { type: "reasoning", text: "well" },
      { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "Emw=" } },
      { type: "reasoning", text: "", redacted: true, signature: { by: "openai", value: "gAAA" } },
    ]);
  });

  it("is read with its tools and the choice among them", () => {
    const input_schema = { type: "object", properties: {} };
    const tools = [
      { name: "a", input_schema, description: "d", strict: true, ...mark },
      { type: "custom", name: "b", input_schema },
    ];
    const { tools: found } = read({ tools });
    expect(found).toEqual([
      { name: "a", parameters: input_schema, description: "d", strict: true, cache: { lifetime: "1h" } },
      { name: "b", parameters: input_schema },
    ]);
    const chosen = (tool_choice: JsonObject) => {
      const { toolChoice, parallelToolCalls } = read({ tools, tool_choice });
      return [toolChoice, parallelToolCalls];
    };
    expect(chosen({ type: "auto", disable_parallel_tool_use: true })).toEqual([{ type: "auto" }, false]);
    expect(chosen({ type: "any" })).toEqual([{ type: "required" }, undefined]);
    expect(chosen({ type: "tool", name: "a" })).toEqual([{ type: "tool", name: "a" }, undefined]);
    expect(chosen({ type: "none" })).toEqual([{ type: "none" }, undefined]);
    expect(read({}).toolChoice).toBeUndefined();
  });

  it.each([
    [{ thinking: { type: "enabled", budget_tokens: 2048 } }, { budgetTokens: 2048 }],
    [{ thinking: { type: "adaptive", display: "summarized" } }, { adaptive: true, visible: true }],
    [
      { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "max" } },
      { adaptive: true, visible: false, effort: "max" },
    ],
    [{ thinking: { type: "disabled" } }, { disabled: true }],
    [{ output_config: { effort: "low" } }, { effort: "low" }],
    [{}, undefined],
  ])("wishes for thoughts by %j", (body, wish) => {
    expect(read(body).reasoning).toEqual(wish);
  });

  it("is read with its output format under both names, its sampling and its person", () => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const output = { type: "json-schema", name: "answer", schema: { type: "object" }, strict: true };
    expect(read({ output_config: { format } }).output).toEqual(output);
    expect(read({ output_format: format }).output).toEqual(output);
    const body = { temperature: 0.2, top_p: 0.9, top_k: 5, stop_sequences: ["END"], metadata: { user_id: "u" } };
    expect(read(body)).toMatchObject({
      output: { type: "text" },
      sampling: { temperature: 0.2, topP: 0.9, topK: 5, stop: ["END"] },
      endUser: "u",
      maxOutputTokens: 100,
      choices: 1,
    });
    expect(read({ stop_sequences: [] }).sampling).toEqual({});
  });

  it("names what has no likeness elsewhere, and forgets nothing", () => {
    const block = { type: "server_tool_use", id: "srv", name: "web_search", input: {} };
    const body = {
      service_tier: "auto",
      container: "c",
      inference_geo: null,
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: [{ type: "text", text: "a" }, block] },
      ],
    };
    expect(read(body).unmapped).toEqual([
      { field: "service_tier", value: "auto" },
      { field: "container", value: "c" },
      { field: "messages[1].content[1].type server_tool_use", value: block },
    ]);
  });

  it.each([
    [{ tools: [{ type: "web_search_20260318", name: "web_search" }] }, ["unsupported_parameter", "tools[0].type"]],
    [{ tools: [{ type: "bash_20250124", name: "bash" }] }, ["unsupported_parameter", "tools[0].type"]],
    [
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "file", file_id: "f" } }] }] },
      ["unsupported_parameter", "messages[0].content[0].source.type"],
    ],
    [{ max_tokens: 0 }, ["unsupported_parameter", "max_tokens"]],
    [{ messages: [{ role: "tool", content: "x" }] }, ["invalid_request", "messages[0].role"]],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, ["invalid_request", "messages[0].content[0].text"]],
    [{ thinking: { type: "enabled" } }, ["invalid_request", "thinking.budget_tokens"]],
    [{ thinking: { type: "deep" } }, ["invalid_request", "thinking.type"]],
    [{ tool_choice: { type: "tool" } }, ["invalid_request", "tool_choice.name"]],
    [{ tools: [{ name: "a" }] }, ["invalid_request", "tools[0].input_schema"]],
    [{ output_config: { format: { type: "grammar" } } }, ["invalid_request", "output_config.format.type"]],
    [{ temperature: "hot" }, ["invalid_request", "temperature"]],
  ])("refuses %j by its field", (body, expected) => {
    expect(refusal(body)).toEqual(expected);
  });
});
