import { describe, expect, it } from "vitest";
import { decodeJsonObject, encodeJson, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { messageCall } from "../../receive/messages/testing/calls-and-events.ts";
import { routeAt, translationArgs } from "../../testing/translation-args.ts";
import { countMessageTokens } from "./count-tokens.ts";

const count = (body: JsonObject) => {
  const args = translationArgs(messageCall(body, "messages/count_tokens"), routeAt("openai", "gpt-5"));
  return { ...countMessageTokens(args), notes: args.notes };
};

describe("a count of tokens at OpenAI", () => {
  it("asks for all of the prompt, in the form of the Responses API", () => {
    const parameters = { type: "object", properties: {} };
    const png = { type: "base64", media_type: "image/png", data: "AA==" };
    const pdf = { type: "base64", media_type: "application/pdf", data: "AA==" };
    const messages = [
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "image", source: png },
          { type: "document", source: pdf, title: "Bill" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "well" },
          { type: "tool_use", id: "a", name: "look", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "dark" }] },
    ];
    const { request, notes } = count({
      system: "be brief",
      tools: [{ name: "look", input_schema: parameters }],
      messages,
    });
    expect(request).toMatchObject({ method: "POST", path: "/v1/responses/input_tokens" });
    expect(decodeJsonObject(request.body ?? new Uint8Array(0))).toEqual({
      model: "gpt-5",
      input: [
        { role: "system", content: [{ type: "input_text", text: "be brief" }] },
        { role: "user", content: [{ type: "input_text", text: "hi" }] },
        { role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,AA==", detail: "auto" }] },
        {
          role: "user",
          content: [{ type: "input_file", filename: "Bill", file_data: "data:application/pdf;base64,AA==" }],
        },
        { role: "assistant", content: [{ type: "output_text", text: "well" }] },
        { type: "function_call", call_id: "a", name: "look", arguments: "{}" },
        { type: "function_call_output", call_id: "a", output: "dark" },
      ],
      tools: [{ type: "function", name: "look", description: null, parameters, strict: false }],
    });
    expect(notes.header()).toBeUndefined();
  });

  it("says what was not counted, and is told as the dialect has it, for nothing", () => {
    const thought = { type: "thinking", thinking: "hm", signature: "Eq" };
    const { readAnswer, notes } = count({ messages: [{ role: "assistant", content: [thought] }] });
    expect(notes.header()).toContain("reasoning were not counted");
    const { bytes, usage } = readAnswer(encodeJson({ object: "response.input_tokens", input_tokens: 31 }), {});
    expect([decodeJsonObject(bytes), usage]).toEqual([{ input_tokens: 31 }, { counts: noUsage, source: "reported" }]);
  });
});
