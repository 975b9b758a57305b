import { describe, expect, it } from "vitest";
import { encodeJson, encodeText } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import { readAnswer } from "./read-answer.ts";

const read = (answer: unknown) => readAnswer(encodeJson(answer));
const candidate = (parts: unknown[], more: object = {}) => ({
  content: { role: "model", parts },
  finishReason: "STOP",
  ...more,
});
const generatedId = expect.stringMatching(/^call_[0-9a-f]{24}$/);

describe("readAnswer", () => {
  it("reads text, thoughts, calls, pictures, usage and facts", () => {
    const answer = read({
      candidates: [
        candidate([
          { text: "Hm, ", thought: true },
          { text: "green.", thought: true },
          { text: "Green" },
          { text: ".", thoughtSignature: "c2ln" },
          { text: " Really." },
          { inlineData: { mimeType: "image/png", data: "AAAA" } },
          { executableCode: { code: "1" } },
        ]),
      ],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 9 },
      modelVersion: "gemini-2.5-flash-001",
      responseId: "resp1",
    });
    expect(answer).toEqual({
      choices: [
        {
          finish: "stop",
          blocks: [
            { type: "reasoning", text: "Hm, green." },
            { type: "text", text: "Green.", signature: { by: "gemini", value: "c2ln" } },
            { type: "text", text: " Really." },
            { type: "image", mediaType: "image/png", data: "AAAA" },
          ],
        },
      ],
      usage: { ...noUsage, inputUncached: 4, outputText: 3, outputReasoning: 2 },
      facts: { upstreamId: "resp1", upstreamModel: "gemini-2.5-flash-001", serviceTier: null },
    });
  });

  it("edge case 07: reads calls made at once, the first of them signed, and names those that have no id", () => {
    const { choices } = read({
      candidates: [
        candidate([
          { functionCall: { name: "weather", args: { city: "Köln" } }, thoughtSignature: "c2ln" },
          { functionCall: { name: "time", id: "given" } },
        ]),
      ],
    });
    expect(choices).toEqual([
      {
        finish: "tool-calls",
        blocks: [
          {
            type: "tool-call",
            id: generatedId,
            name: "weather",
            arguments: '{"city":"Köln"}',
            signature: { by: "gemini", value: "c2ln" },
          },
          { type: "tool-call", id: "given", name: "time", arguments: "{}" },
        ],
      },
    ]);
  });

  it("puts several candidates into their order", () => {
    const { choices } = read({
      candidates: [candidate([{ text: "b" }], { index: 1 }), candidate([{ text: "a" }])],
    });
    expect(choices.map(({ blocks }) => blocks)).toEqual([[{ type: "text", text: "a" }], [{ type: "text", text: "b" }]]);
  });

  it.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["CONTINUATION", "length"],
    ["SAFETY", "content-filter"],
    ["RECITATION", "content-filter"],
    ["LANGUAGE", "content-filter"],
    ["BLOCKLIST", "content-filter"],
    ["PROHIBITED_CONTENT", "content-filter"],
    ["SPII", "content-filter"],
    ["OTHER", "content-filter"],
    ["IMAGE_SAFETY", "content-filter"],
    ["IMAGE_PROHIBITED_CONTENT", "content-filter"],
    ["IMAGE_RECITATION", "content-filter"],
    ["IMAGE_OTHER", "content-filter"],
    ["NO_IMAGE", "content-filter"],
    ["SOMETHING_NEW", "stop"],
  ])("reads the reason %s as %s", (finishReason, finish) => {
    expect(read({ candidates: [{ finishReason }] }).choices).toEqual([{ blocks: [], finish }]);
  });

  it.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"])(
    "takes %s for a failure that may be tried again",
    (finishReason) => {
      expect(() => read({ candidates: [{ finishReason, finishMessage: "secret" }] })).toThrow(
        expect.objectContaining({ status: 502, code: "provider_invalid_answer", retryable: true }),
      );
    },
  );

  it("tells of a prompt that was blocked as a refusal", () => {
    const answer = read({
      promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
      usageMetadata: { promptTokenCount: 4 },
    });
    expect(answer.choices).toEqual([
      {
        finish: "content-filter",
        blocks: [{ type: "refusal", text: "The provider blocked the prompt (PROHIBITED_CONTENT)." }],
      },
    ]);
    expect(answer.usage).toEqual({ ...noUsage, inputUncached: 4 });
  });

  it.each([
    ["no candidates", {}],
    ["a candidate that is not complete", { candidates: [{ content: { parts: [{ text: "a" }] } }] }],
    ["a list", []],
  ])("refuses an answer with %s", (_what, answer) => {
    expect(() => read(answer)).toThrow(expect.objectContaining({ status: 502, code: "provider_invalid_answer" }));
  });

  it.each(["<h1>Bad gateway</h1>", "", "{"])("edge case 22: refuses %j", (body) => {
    expect(() => readAnswer(encodeText(body))).toThrow("not JSON");
  });

  it("throws the error that an answer of status 200 holds", () => {
    const error = { code: 429, status: "RESOURCE_EXHAUSTED", message: "quota" };
    expect(() => read({ error })).toThrow(expect.objectContaining({ status: 429, code: "provider_rate_limited" }));
    expect(() => read([{ error }])).toThrow(expect.objectContaining({ status: 429 }));
  });
});
