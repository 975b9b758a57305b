import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFakeAnthropic } from "./anthropic/anthropic.ts";
import type { FakeProvider } from "./fake-provider.ts";
import { startFakeGemini } from "./gemini/gemini.ts";
import { startFakeOpenAi } from "./openai/openai.ts";

let openai: FakeProvider;
let anthropic: FakeProvider;
let gemini: FakeProvider;

beforeAll(async () => {
  [openai, anthropic, gemini] = await Promise.all([startFakeOpenAi(), startFakeAnthropic(), startFakeGemini()]);
});
afterAll(() => Promise.all([openai, anthropic, gemini].map((fake) => fake.close())));

const post = async (
  url: string,
  headers: Record<string, string>,
  body: object,
): Promise<{ status: number; text: string }> => {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
};

const user = { role: "user", content: "Answer in JSON." };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const calling = {
  role: "assistant",
  tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
};
const openAiTool = (more: object = {}) => ({ type: "function", function: { name: "f", ...more } });

describe("what OpenAI refuses", () => {
  const ask = (body: object) =>
    post(
      `${openai.origin}/v1/chat/completions`,
      { authorization: `Bearer ${openai.apiKey}` },
      { model: "gpt-4.1", messages: [user], ...body },
    );

  it.each<[string, object, string]>([
    ["no messages", { messages: [] }, "messages"],
    ["an unknown role", { messages: [{ role: "robot", content: "a" }] }, "messages[0].role"],
    [
      "an unknown part",
      { messages: [{ role: "user", content: [{ type: "smell", text: "a" }] }] },
      "messages[0].content[0].type",
    ],
    [
      "a part of another role",
      { messages: [{ role: "system", content: [{ type: "image_url", image_url: { url: "a" } }] }] },
      "messages[0].content[0].type",
    ],
    [
      "a field of reasoning that others use",
      { messages: [user, { role: "assistant", content: "a", reasoning_content: "b" }] },
      "messages[1].reasoning_content",
    ],
    ["a tool choice without tools", { tool_choice: "auto" }, "tool_choice"],
    ["an empty list of tools", { tools: [] }, "tools"],
    ["a name with a space", { tools: [{ type: "function", function: { name: "a b" } }] }, "tools[0].function.name"],
    [
      "an open strict tool",
      { tools: [openAiTool({ strict: true, parameters: object({ a: { type: "string" } }) })] },
      "additionalProperties",
    ],
    [
      "an optional strict property",
      { tools: [openAiTool({ strict: true, parameters: object({ a: {} }, { additionalProperties: false }) })] },
      "Missing 'a'",
    ],
    [
      "JSON that nobody spoke of",
      { messages: [{ role: "user", content: "Hi" }], response_format: { type: "json_object" } },
      "must contain the word 'json'",
    ],
    ["five stops", { stop: ["a", "b", "c", "d", "e"] }, "stop"],
    ["too hot", { temperature: 3 }, "temperature"],
    ["effort for a model that does not think", { reasoning_effort: "low" }, "reasoning_effort"],
    ["two limits", { max_tokens: 1, max_completion_tokens: 1 }, "at the same time"],
    ["alternatives without logprobs", { top_logprobs: 2 }, "logprobs"],
    ["a call that nobody answers", { messages: [user, calling] }, "c1"],
    ["a stop for a model that thinks", { model: "o3", stop: "a" }, "stop"],
  ])("%s", async (_, body, message) => {
    const { status, text } = await ask(body);
    expect([status, text]).toEqual([400, expect.stringContaining(message)]);
    expect(JSON.parse(text)).toMatchObject({ error: { type: "invalid_request_error", message: expect.any(String) } });
  });

  it("lets pass what the API lets pass", async () => {
    const content = [
      { type: "text", text: "JSON?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,aa" } },
      { type: "file", file: { file_data: "aa" } },
    ];
    const answered = [
      { role: "developer", content: "a" },
      user,
      { ...calling, content: null, refusal: null, annotations: [] },
      { role: "tool", tool_call_id: "c1", content: "a" },
    ];
    for (const body of [
      { messages: [{ role: "user", content }] },
      { messages: answered, user: "a", metadata: { a: "b" } },
      { model: "gpt-5.2", reasoning_effort: "none", temperature: 0 },
      { response_format: { type: "json_object" } },
      { stop: null, tools: [openAiTool()], tool_choice: { type: "function", function: { name: "f" } } },
    ]) {
      expect(await ask(body)).toMatchObject({ status: 200 });
    }
    expect((await ask({ messages: [{ role: "user", content }] })).text).toContain('"image_tokens":100');
  });
});

describe("what Anthropic refuses", () => {
  const ask = (body: object, path = "") =>
    post(
      `${anthropic.origin}/v1/messages${path}`,
      { "x-api-key": anthropic.apiKey, "anthropic-version": "2023-06-01" },
      { model: "claude-haiku-4-5", max_tokens: 2000, messages: [user], ...body },
    );
  const tool = (schema: object = { type: "object" }, more: object = {}) => ({
    name: "f",
    input_schema: schema,
    ...more,
  });
  const use = { type: "tool_use", id: "t1", name: "f", input: {} };
  const result = { type: "tool_result", tool_use_id: "t1", content: "a" };
  const mark = (ttl: string) => ({ type: "text", text: "a", cache_control: { type: "ephemeral", ttl } });

  it.each<[string, object, string]>([
    ["a message without content", { messages: [{ role: "user", content: "" }, user] }, "non-empty content"],
    [
      "an empty text",
      { messages: [{ role: "user", content: [{ type: "text", text: "" }] }, user] },
      "must be non-empty",
    ],
    ["a blank text", { messages: [{ role: "user", content: "  " }] }, "non-whitespace"],
    [
      "text before results",
      {
        tools: [tool()],
        messages: [
          user,
          { role: "assistant", content: [use] },
          { role: "user", content: [{ type: "text", text: "a" }, result] },
        ],
      },
      "without `tool_result` blocks",
    ],
    [
      "calls without tools",
      { messages: [user, { role: "assistant", content: [use] }, { role: "user", content: [result] }] },
      "must define tools",
    ],
    [
      "input that is a text",
      {
        tools: [tool()],
        messages: [
          user,
          { role: "assistant", content: [{ ...use, input: "{}" }] },
          { role: "user", content: [result] },
        ],
      },
      "messages.1.content.0.tool_use.input",
    ],
    ["a choice without tools", { tool_choice: { type: "any" } }, "while providing tools"],
    ["two tools of one name", { tools: [tool(), tool()] }, "must be unique"],
    ["a schema without a type", { tools: [tool({})] }, "tools.0.custom.input_schema.type"],
    ["an open strict tool", { tools: [tool(object({}), { strict: true })] }, "additionalProperties"],
    [
      "bounds in a schema of the answer",
      {
        output_config: {
          format: {
            type: "json_schema",
            schema: object({ a: { type: "integer", minimum: 1 } }, { additionalProperties: false }),
          },
        },
      },
      "minimum are not supported",
    ],
    ["a budget below the least", { thinking: { type: "enabled", budget_tokens: 10 } }, "greater than or equal to 1024"],
    [
      "a budget above the limit",
      { thinking: { type: "enabled", budget_tokens: 2000 } },
      "must be greater than `thinking.budget_tokens`",
    ],
    [
      "a forced call while thinking",
      { thinking: { type: "enabled", budget_tokens: 1024 }, tools: [tool()], tool_choice: { type: "any" } },
      "forces tool use",
    ],
    [
      "a budget for a model that adapts",
      { model: "claude-opus-4-8", thinking: { type: "enabled", budget_tokens: 1024 } },
      "adaptive",
    ],
    ["temperature and top_p", { temperature: 0.5, top_p: 0.5 }, "cannot both be specified"],
    [
      "a beginning of the answer for a newer model",
      { model: "claude-sonnet-4-6", messages: [user, { role: "assistant", content: "a" }] },
      "prefill",
    ],
    ["five marks", { system: [1, 2, 3, 4, 5].map(() => mark("5m")) }, "Found 5"],
    ["a long mark after a short one", { system: [mark("5m"), mark("1h")] }, "must not come after"],
    [
      "a picture of another kind",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "image", source: { type: "base64", media_type: "image/bmp", data: "a" } }],
          },
        ],
      },
      "media_type",
    ],
    ["too many tokens", { max_tokens: 999_999 }, "> 128000"],
    ["a field of its neighbour", { max_completion_tokens: 5 }, "max_completion_tokens: Extra inputs are not permitted"],
  ])("%s", async (_, body, message) => {
    const { status, text } = await ask(body);
    expect([status, text]).toEqual([400, expect.stringContaining(message)]);
    expect(JSON.parse(text)).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });

  it("lets pass what the API lets pass, and counts it for nothing", async () => {
    const turns = [
      user,
      { role: "assistant", content: [{ type: "text", text: "a" }, use] },
      {
        role: "user",
        content: [
          { ...result, is_error: true },
          { type: "text", text: "b" },
        ],
      },
    ];
    for (const body of [
      { messages: turns, tools: [tool()] },
      { messages: [user, { role: "assistant", content: "a" }] },
      { thinking: { type: "adaptive" }, temperature: 1 },
      { messages: [user, user] },
      { metadata: { user_id: "a" }, stop_sequences: ["b"], top_k: 3 },
    ]) {
      expect(await ask(body)).toMatchObject({ status: 200 });
    }
    const counted = await ask({ messages: turns, tools: [tool()], max_tokens: undefined }, "/count_tokens");
    expect(Object.keys(JSON.parse(counted.text))).toEqual(["input_tokens"]);
    expect(anthropic.calls().at(-1)).toMatchObject({ usage: { inputUncached: 0 }, outcome: "finished" });
  });

  it("too large a request", async () => {
    const huge = await ask({ system: "x".repeat(33 * 1024 * 1024) });
    expect([huge.status, huge.text]).toEqual([413, expect.stringContaining("request_too_large")]);
  });
});

describe("what Gemini refuses", () => {
  const ask = (body: object, model = "gemini-3-flash-preview") =>
    post(
      `${gemini.origin}/v1beta/models/${model}:generateContent`,
      { "x-goog-api-key": gemini.apiKey },
      { contents: [{ role: "user", parts: [{ text: "a" }] }], ...body },
    );
  const declare = (parameters: object, name = "f") => ({ tools: [{ functionDeclarations: [{ name, parameters }] }] });
  const config = (generationConfig: object) => ({ generationConfig });

  it.each<[string, object, string]>([
    ["another role", { contents: [{ role: "assistant", parts: [{ text: "a" }] }] }, "valid role"],
    ["a turn without parts", { contents: [{ role: "user", parts: [] }] }, "must not be empty"],
    ["a part without anything", { contents: [{ role: "user", parts: [{ thought: true }] }] }, "required oneof field"],
    [
      "an object without properties",
      declare({ type: "object", properties: {} }),
      "should be non-empty for OBJECT type",
    ],
    ["a list of nothing", declare(object({ a: { type: "array" } })), "items: missing field"],
    ["an enum of numbers", declare(object({ a: { type: "integer", enum: ["1"] } })), "only allowed for STRING"],
    [
      "a property that is not there",
      declare(object({ a: { type: "string" } }, { required: ["b"] })),
      "property is not defined",
    ],
    [
      "a union as a list of types",
      declare(object({ a: { type: ["string", "null"] } })),
      "parameters.properties.a.type",
    ],
    ["a name with a space", declare(object({ a: { type: "string" } }), "a b"), "Invalid function name"],
    ["a schema for a text", config({ responseSchema: { type: "string" } }), "response_mime_type must be"],
    [
      "two schemas",
      config({ responseMimeType: "application/json", responseSchema: { type: "string" }, responseJsonSchema: {} }),
      "Only one of",
    ],
    ["six stops", config({ stopSequences: ["a", "b", "c", "d", "e", "f"] }), "cannot exceed 5"],
    ["budget and level", config({ thinkingConfig: { thinkingBudget: 5, thinkingLevel: "LOW" } }), "only set only one"],
    ["several candidates", config({ candidateCount: 2 }), "Multiple candidates"],
    [
      "a forced call of nothing",
      { toolConfig: { functionCallingConfig: { mode: "ANY" } } },
      "at least one function declaration",
    ],
    [
      "tools beside a kept content",
      { ...declare(object({ a: { type: "string" } })), cachedContent: "cachedContents/a-1" },
      "CachedContent can not be used",
    ],
    [
      "a call that nobody answers",
      {
        contents: [
          { role: "user", parts: [{ text: "a" }] },
          {
            role: "model",
            parts: [{ functionCall: { name: "f" }, thoughtSignature: "skip_thought_signature_validator" }],
          },
        ],
      },
      "followed by a function response",
    ],
  ])("%s", async (_, body, message) => {
    const { status, text } = await ask(body);
    expect([status, text]).toEqual([400, expect.stringContaining(message)]);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 400, status: "INVALID_ARGUMENT" } });
  });

  it("lets pass what the API lets pass", async () => {
    const nested = object(
      { a_b: { type: "STRING", nullable: true }, c: { type: "array", items: { type: "number" }, minItems: 1 } },
      { required: ["a_b"] },
    );
    for (const body of [
      declare(nested),
      { system_instruction: { parts: [{ text: "a" }] }, generation_config: { max_output_tokens: 50 } },
      { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] },
    ]) {
      expect(await ask(body)).toMatchObject({ status: 200 });
    }
    const old = [
      { role: "user", parts: [{ text: "a" }] },
      { role: "model", parts: [{ functionCall: { name: "f" } }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: {} } }] },
    ];
    expect(await ask({ contents: old }, "gemini-2.5-flash")).toMatchObject({ status: 200 });
    expect(await ask({ contents: old })).toMatchObject({ status: 400 });
    expect(
      await ask({
        contents: [...old, { role: "model", parts: [{ text: "b" }] }, { role: "user", parts: [{ text: "c" }] }],
      }),
    ).toMatchObject({ status: 200 });
    expect(
      await ask({ ...config({ responseMimeType: "application/json" }), ...declare(nested) }, "gemini-2.5-flash"),
    ).toMatchObject({ status: 400 });
    expect(await ask({ cachedContent: "cachedContents/unknown" })).toMatchObject({ status: 403 });
  });
});
