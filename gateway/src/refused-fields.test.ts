import { describe, expect, it } from "vitest";
import { GatewayError } from "./errors.ts";
import { encodeJson, type JsonObject } from "./json.ts";
import { noBounds } from "./ports.ts";
import type { Endpoint } from "./receive/call.ts";
import { readCall } from "./receive/read-call.ts";
import { routeAt, translationArgs } from "./testing/translation-args.ts";
import { providerOf, translationOf } from "./translate.ts";

const base: Readonly<Record<string, JsonObject>> = {
  "chat/completions": { model: "m", messages: [{ role: "user", content: "hi" }] },
  responses: { model: "m", input: "hi" },
  messages: { model: "m", max_tokens: 100, messages: [{ role: "user", content: "hi" }] },
};

/** The field that a request is refused for, on its way to a provider of another dialect. */
const refusedField = (endpoint: Endpoint, more: JsonObject): unknown => {
  const bytes = encodeJson({ ...base[endpoint], ...more });
  try {
    const call = readCall({ endpoint, bytes, maxDepth: 32, bounds: noBounds, header: () => undefined });
    translationOf(providerOf("gemini"), translationArgs(call, routeAt("gemini", "gemini-2.5-flash")));
    return "passed";
  } catch (error) {
    return error instanceof GatewayError && error.status === 400 ? error.param : error;
  }
};

const item = (entry: JsonObject) => ({ input: [{ role: "user", content: "hi" }, entry] });
const said = (role: string, block: JsonObject) => ({
  messages: [
    { role: "user", content: "hi" },
    { role, content: [block] },
  ],
});
const chatTool = { type: "function", function: { name: "look" } };

describe("what cannot be meant", () => {
  it.each<[Endpoint, string, JsonObject]>([
    ["chat/completions", "tool_choice", { tool_choice: "required" }],
    ["chat/completions", "functions", { tools: [chatTool], functions: [{ name: "look" }] }],
    ["chat/completions", "function_call", { tools: [chatTool], function_call: "auto" }],
    ["responses", "tool_choice", { tool_choice: "required" }],
    [
      "responses",
      "tool_choice",
      { tools: [{ type: "function", name: "a" }], tool_choice: { type: "function", name: "b" } },
    ],
    ["responses", "parallel_tool_calls", { parallel_tool_calls: "false" }],
    ["responses", "top_logprobs", { top_logprobs: "3" }],
    ["responses", "reasoning", { reasoning: "low" }],
    ["responses", "reasoning.effort", { reasoning: { effort: 3 } }],
    ["responses", "text.format.type", { text: { format: { type: "grammar" } } }],
    ["responses", "tools[0].strict", { tools: [{ type: "function", name: "a", strict: "yes" }] }],
    ["responses", "input[1].content[0].text", item({ role: "user", content: [{ type: "input_text", text: 7 }] })],
    ["responses", "input[1].role", item({ role: "constructor", content: "x" })],
    [
      "responses",
      "input[1].content[0].type",
      item({ role: "system", content: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }] }),
    ],
    ["responses", "input[1].call_id", item({ type: "function_call", name: "a", arguments: "{}" })],
    ["responses", "input[1].output", item({ type: "function_call_output", call_id: "c1" })],
    [
      "responses",
      "input[1].output[0].type",
      item({ type: "function_call_output", call_id: "c1", output: [{ type: "refusal", refusal: "no" }] }),
    ],
    ["messages", "tool_choice", { tool_choice: { type: "any" } }],
    ["messages", "tool_choice", { tools: [{ name: "a", input_schema: {} }], tool_choice: { type: "tool", name: "b" } }],
    ["messages", "messages[1].content[0].type", said("user", { type: "tool_use", id: "t", name: "a", input: {} })],
    ["messages", "messages[1].content[0].type", said("user", { type: "thinking", thinking: "x", signature: "" })],
    ["messages", "messages[1].content[0].type", said("assistant", { type: "tool_result", tool_use_id: "t" })],
  ])("in %s is refused by the name of %s", (endpoint, field, more) => {
    expect(refusedField(endpoint, more)).toBe(field);
  });

  it.each(Object.keys(base))("is none of a plain request of %s", (endpoint) => {
    // The table has endpoints for keys.
    expect(refusedField(endpoint as Endpoint, {})).toBe("passed");
  });
});
