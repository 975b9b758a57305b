import { describe, expect, it } from "vitest";
import { decodeJsonObject, encodeJson, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { messageCall } from "../../receive/messages/testing/calls-and-events.ts";
import { routeAt, translationArgs } from "../../testing/translation-args.ts";
import { countMessageTokens } from "./count-tokens.ts";

const count = (body: JsonObject) => {
  const args = translationArgs(messageCall(body, "messages/count_tokens"), routeAt("gemini", "gemini-2.5-flash"));
  return { ...countMessageTokens(args), notes: args.notes };
};

describe("a count of tokens at Gemini", () => {
  it("asks for all of the prompt", () => {
    const tools = [{ name: "look", input_schema: { type: "object", properties: {} } }];
    const { request } = count({ system: "be brief", tools });
    expect(request.path).toBe("/v1beta/models/gemini-2.5-flash:countTokens");
    expect(decodeJsonObject(request.body ?? new Uint8Array(0))).toEqual({
      generateContentRequest: {
        model: "models/gemini-2.5-flash",
        systemInstruction: { parts: [{ text: "be brief" }] },
        contents: [{ role: "user", parts: [{ text: "hi" }] }],
        tools: [{ functionDeclarations: [expect.objectContaining({ name: "look" })] }],
      },
    });
  });

  it("leaves out what lies behind addresses, and says so", () => {
    const image = { type: "image", source: { type: "url", url: "https://x.org/a.png" } };
    const content = [{ type: "text", text: "hi" }, image];
    const { request, notes } = count({ messages: [{ role: "user", content }] });
    expect(decodeJsonObject(request.body ?? new Uint8Array(0))).toMatchObject({
      generateContentRequest: { contents: [{ parts: [{ text: "hi" }] }] },
    });
    expect(notes.header()).toContain("messages: what lies behind an address");
  });

  it("is told as the dialect has it, for nothing", () => {
    const { bytes, usage } = count({}).readAnswer(encodeJson({ totalTokens: 31 }), {});
    expect([decodeJsonObject(bytes), usage]).toEqual([{ input_tokens: 31 }, { counts: noUsage, source: "reported" }]);
    expect(() => count({}).readAnswer(encodeJson({}), {})).toThrow(
      expect.objectContaining({ code: "provider_invalid_answer" }),
    );
  });
});
