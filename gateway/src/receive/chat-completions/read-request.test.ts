import { describe, expect, it } from "vitest";
import { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { chatCall } from "../../testing/chat-call.ts";
import { readChatRequest } from "./read-request.ts";

const read = (more: JsonObject = {}) => readChatRequest(chatCall(more));
const turnsOf = (...messages: JsonObject[]) => read({ messages }).turns;
const user = (content: unknown) => ({ role: "user", content });
const text = (value: string) => ({ type: "text", text: value });

const refusal = (more: JsonObject): unknown => {
  try {
    return { passed: read(more) };
  } catch (thrown) {
    return thrown instanceof GatewayError ? [thrown.status, thrown.code, thrown.param] : thrown;
  }
};

describe("messages", () => {
  it("of every role become turns, in their order", () => {
    const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
    expect(
      turnsOf(
        { role: "system", content: "s" },
        { role: "developer", content: [text("d1"), text("d2")] },
        user("u"),
        { role: "assistant", content: "a", tool_calls: [call] },
        { role: "tool", tool_call_id: "call_1", content: [text("r")] },
      ),
    ).toEqual([
      { role: "system", parts: [text("s")] },
      { role: "system", parts: [text("d1"), text("d2")] },
      { role: "user", parts: [text("u")] },
      { role: "assistant", parts: [text("a"), { type: "tool-call", id: "call_1", name: "f", arguments: "{}" }] },
      { role: "user", parts: [{ type: "tool-result", callId: "call_1", content: [text("r")] }] },
    ]);
  });

  it("edge case 17: a developer speaks as the system does", () => {
    expect(turnsOf({ role: "developer", content: "d" }, user("u"))[0]?.role).toBe("system");
  });

  it("edge case 06: results that follow one another answer one turn", () => {
    const result = (id: string) => ({ role: "tool", tool_call_id: id, content: id });
    const turns = turnsOf(result("a"), result("b"), user("u"), result("c"));
    expect(turns.map(({ parts }) => parts.length)).toEqual([2, 1, 1]);
  });

  it("edge case 14: an empty text beside tool calls is none", () => {
    const calls = [{ id: "c", type: "function", function: { name: "f", arguments: "" } }];
    for (const content of ["", null, undefined, [], [text("")]]) {
      const [turn] = turnsOf({ role: "assistant", content, tool_calls: calls });
      expect(turn?.parts).toEqual([{ type: "tool-call", id: "c", name: "f", arguments: "" }]);
    }
    expect(turnsOf({ role: "assistant", content: "" })[0]?.parts).toEqual([text("")]);
  });

  it("carry refusals, in the message and as parts", () => {
    const parts = [{ type: "refusal", text: "no" }];
    expect(turnsOf({ role: "assistant", content: null, refusal: "no" })[0]?.parts).toEqual(parts);
    expect(turnsOf({ role: "assistant", content: [{ type: "refusal", refusal: "no" }] })[0]?.parts).toEqual(parts);
  });

  it("of the old kind name the function instead of an id, each result that of the last call", () => {
    const call = (name: string) => ({ role: "assistant", content: null, function_call: { name, arguments: "{}" } });
    const result = (name: string, content: string) => ({ role: "function", name, content });
    const turns = turnsOf(call("f"), result("f", "1"), call("g"), result("g", "2"), call("f"), result("f", "3"));
    const ids = turns.map(({ parts: [part] }) => {
      if (part?.type === "tool-call") return part.id;
      return part?.type === "tool-result" ? part.callId : undefined;
    });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBe(ids[3]);
    expect(ids[4]).toBe(ids[5]);
    expect(new Set(ids).size).toBe(3);
    expect(refusal({ messages: [result("nobody", "1")] })).toEqual([400, "invalid_request", "messages[0].name"]);
  });

  it("keep the name of a speaker as something that cannot be carried", () => {
    expect(read({ messages: [{ ...user("u"), name: "Ada" }] }).unmapped).toEqual([
      { field: "messages[0].name", value: "Ada" },
    ]);
  });
});

describe("what carries over from earlier turns", () => {
  const signed = { google: { thought_signature: "sig" } };

  it("edge case 07: the signature of a tool call, of a text and of a call of the old kind", () => {
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" }, extra_content: signed };
    const signature = { by: "gemini", value: "sig" };
    expect(turnsOf({ role: "assistant", content: null, tool_calls: [call] })[0]?.parts).toMatchObject([{ signature }]);
    expect(turnsOf({ role: "assistant", content: "a", extra_content: signed })[0]?.parts).toMatchObject([
      { type: "text", signature },
    ]);
    const old = { role: "assistant", function_call: { name: "f", arguments: "{}" }, extra_content: signed };
    expect(turnsOf(old)[0]?.parts).toMatchObject([{ type: "tool-call", signature }]);
  });

  it("thoughts, by either name and before all else", () => {
    for (const name of ["reasoning_content", "reasoning"]) {
      expect(turnsOf({ role: "assistant", content: "a", [name]: "hm" })[0]?.parts).toEqual([
        { type: "reasoning", text: "hm" },
        text("a"),
      ]);
    }
  });

  it("thoughts in detail, signed, summarised and hidden; those of an unknown vendor unsigned or not at all", () => {
    const details = [
      { type: "reasoning.text", text: "hm", signature: "s1", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.encrypted", data: "s2", format: "anthropic-claude-v1", index: 1 },
      { type: "reasoning.summary", summary: "in short" },
      { type: "reasoning.text", text: "ah", signature: "s3", format: "xai-responses-v1" },
      { type: "reasoning.encrypted", data: "s4", format: "unknown" },
    ];
    const [turn] = turnsOf({ role: "assistant", content: "a", reasoning_content: "hm", reasoning_details: details });
    expect(turn?.parts.slice(0, -1)).toEqual([
      { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "s1" } },
      { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "s2" } },
      { type: "reasoning", text: "in short" },
      { type: "reasoning", text: "ah" },
    ]);
  });

  it("pictures that the model made", () => {
    const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }];
    expect(turnsOf({ role: "assistant", content: "", images })[0]?.parts).toEqual([
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA" } },
    ]);
  });
});

describe("parts", () => {
  const png = { kind: "base64", mediaType: "image/png", data: "AA==" };
  it.each([
    [{ type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } }, { type: "image", source: { kind: "url", url: "https://a.example/b.png" }, detail: "low" }], // prettier-ignore
    [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "auto" } }, { type: "image", source: png }], // prettier-ignore
    [{ type: "input_audio", input_audio: { format: "mp3", data: "AA" } }, { type: "audio", source: { kind: "base64", mediaType: "audio/mpeg", data: "AA" } }], // prettier-ignore
    [{ type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA" } }, { type: "file", name: "a.pdf", source: { kind: "base64", mediaType: "application/pdf", data: "AA" } }], // prettier-ignore
    [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }, { type: "text", text: "a", cache: { lifetime: "5m" } }], // prettier-ignore
    [{ type: "text", text: "a", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }, { type: "text", text: "a", cache: { lifetime: "1h" } }], // prettier-ignore
  ])("%j", (part, expected) => {
    expect(turnsOf(user([part]))[0]?.parts).toEqual([expected]);
  });

  it("edge case 15: a data URL with parameters is read without them", () => {
    const url = "data:image/png;charset=utf-8;base64,AA==";
    expect(turnsOf(user([{ type: "image_url", image_url: { url } }]))[0]?.parts).toEqual([
      { type: "image", source: png },
    ]);
  });

  it.each([
    [{ type: "image_url", image_url: { url: "ftp://a/b" } }, "invalid_request", "image_url.url"],
    [{ type: "image_url", image_url: { url: "data:,x" } }, "invalid_request", "image_url.url"],
    [{ type: "image_url", image_url: "https://a.example" }, "invalid_request", "image_url"],
    [{ type: "image_url" }, "invalid_request", "image_url"],
    [{ type: "input_audio", input_audio: { format: "ogg", data: "AA" } }, "invalid_request", "input_audio.format"],
    [{ type: "file", file: { file_id: "file-1" } }, "unsupported_parameter", "file.file_id"],
    [{ type: "video_url", video_url: { url: "x" } }, "unsupported_parameter", "type"],
  ])("400: %j", (part, code, field) => {
    expect(refusal({ messages: [user([{ type: "text", text: "a" }, part])] })).toEqual([
      400,
      code,
      `messages[0].content[1].${field}`,
    ]);
  });
});

describe("tools", () => {
  const tool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } });
  const tools = [tool("f"), tool("g")];

  it("are read with what they say, and with no parameters where they name none", () => {
    const parameters = { type: "object", properties: { a: { type: "string" } } };
    const full = { type: "function", function: { name: "f", description: "d", parameters, strict: true } };
    const { tools: read1 } = read({ tools: [full, { type: "function", function: { name: "g" } }] });
    expect(read1).toEqual([
      { name: "f", description: "d", parameters, strict: true },
      { name: "g", parameters: { type: "object", properties: {} } },
    ]);
  });

  it.each([
    [undefined, undefined],
    [null, undefined],
    ["auto", { type: "auto" }],
    ["none", { type: "none" }],
    ["required", { type: "required" }],
    [
      { type: "function", function: { name: "g" } },
      { type: "tool", name: "g" },
    ],
  ])("the choice %j", (tool_choice, expected) => {
    expect(read({ tools, tool_choice }).toolChoice).toEqual(expected);
  });

  it("of which only some are allowed are the only ones", () => {
    const allowed = { mode: "required", tools: [{ type: "function", function: { name: "g" } }] };
    const request = read({ tools, tool_choice: { type: "allowed_tools", allowed_tools: allowed } });
    expect(request.tools.map(({ name }) => name)).toEqual(["g"]);
    expect(request.toolChoice).toEqual({ type: "required" });
  });

  it("of the old kind are tools that are called one at a time", () => {
    const functions = [{ name: "f", parameters: { type: "object" } }];
    const request = read({ functions, function_call: { name: "f" } });
    expect(request).toMatchObject({ tools: [{ name: "f" }], toolChoice: { type: "tool", name: "f" } });
    expect(request.parallelToolCalls).toBe(false);
    expect(read({ functions, function_call: "none" }).toolChoice).toEqual({ type: "none" });
  });

  it.each([
    [{ tools: [{ type: "custom", custom: { name: "c" } }] }, "unsupported_parameter", "tools[0].type"],
    [{ tools: [{ type: "web_search" }] }, "unsupported_parameter", "tools[0].type"],
    [{ tools, tool_choice: "any" }, "invalid_request", "tool_choice"],
    [{ tools, tool_choice: { type: "function", function: { name: "h" } } }, "invalid_request", "tool_choice.function.name"], // prettier-ignore
    [{ tools, tool_choice: { type: "custom", custom: { name: "f" } } }, "unsupported_parameter", "tool_choice.type"],
    [{ tools: [{ type: "function", function: {} }] }, "invalid_request", "tools[0].function.name"],
    [{ tools: "f" }, "invalid_request", "tools"],
  ])("400: %j", (more, code, field) => {
    expect(refusal(more)).toEqual([400, code, field]);
  });
});

describe("options", () => {
  it("are all read", () => {
    const request = read({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      seed: 7,
      presence_penalty: 1,
      frequency_penalty: -1,
      logprobs: true,
      top_logprobs: 3,
      stop: ["A", "B"],
      n: 2,
      max_tokens: 5,
      max_completion_tokens: 6,
      parallel_tool_calls: false,
      reasoning_effort: "low",
      user: "u",
      safety_identifier: "s",
    });
    expect(request).toMatchObject({
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        seed: 7,
        presencePenalty: 1,
        frequencyPenalty: -1,
        topLogprobs: 3,
        stop: ["A", "B"],
      },
      choices: 2,
      maxOutputTokens: 6,
      parallelToolCalls: false,
      reasoning: { effort: "low" },
      endUser: "s",
      unmapped: [],
    });
  });

  it("that are absent or null are absent", () => {
    const absent = read();
    expect(absent.sampling).toEqual({});
    const fields = "temperature top_p stop seed n max_tokens logprobs tools tool_choice response_format user".split(
      " ",
    );
    expect(read(Object.fromEntries(fields.map((field) => [field, null])))).toEqual(absent);
  });

  it("edge case 13: a stop text that is null or an empty list is none", () => {
    for (const stop of [null, [], undefined]) expect(read({ stop }).sampling).not.toHaveProperty("stop");
    expect(read({ stop: "." }).sampling.stop).toEqual(["."]);
  });

  it.each([
    [undefined, { type: "text" }],
    [{ type: "text" }, { type: "text" }],
    [{ type: "json_object" }, { type: "json" }],
    [
      { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      { type: "json-schema", name: "n", schema: { type: "object" }, strict: true },
    ],
  ])("the format %j", (response_format, expected) => {
    expect(read({ response_format }).output).toEqual(expected);
  });

  it("ask for no reasoning by the word none", () => {
    expect(read({ reasoning_effort: "none" }).reasoning).toEqual({ disabled: true });
  });

  it("without a neutral form are kept by their names, unless they ask for nothing", () => {
    const asking = { logit_bias: { 1: 2 }, service_tier: "flex", verbosity: "low", store: true, made_up: 0 };
    const idle = { logit_bias: {}, service_tier: "auto", verbosity: "medium", store: false, modalities: ["text"] };
    expect(read(asking).unmapped).toEqual(Object.entries(asking).map(([field, value]) => ({ field, value })));
    expect(read({ ...idle, metadata: null, stream_options: { include_obfuscation: false } }).unmapped).toEqual([]);
  });

  it.each([
    [{ temperature: "hot" }, "invalid_request", "temperature"],
    [{ seed: {} }, "invalid_request", "seed"],
    [{ stop: [1] }, "invalid_request", "stop"],
    [{ n: 0 }, "invalid_request", "n"],
    [{ n: 1.5 }, "invalid_request", "n"],
    [{ response_format: { type: "xml" } }, "invalid_request", "response_format.type"],
    [{ response_format: { type: "json_schema" } }, "invalid_request", "response_format.json_schema"],
    [{ modalities: ["text", "audio"], audio: { voice: "ash" } }, "unsupported_parameter", "modalities"],
    [{ web_search_options: {} }, "unsupported_parameter", "web_search_options"],
    [{ messages: [{ role: "narrator", content: "a" }] }, "invalid_request", "messages[0].role"],
    [{ messages: [{ role: "tool", content: "a" }] }, "invalid_request", "messages[0].tool_call_id"],
    [{ messages: [{ role: "assistant", audio: { id: "a" } }] }, "unsupported_parameter", "messages[0].audio"],
  ])("400: %j", (more, code, field) => {
    expect(refusal(more)).toEqual([400, code, field]);
  });
});
