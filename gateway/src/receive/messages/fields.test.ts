import { describe, expect, it } from "vitest";
import { estimateMessageTokens, readMessageCountFields, readMessageFields } from "./fields.ts";

const messages = [{ role: "user", content: "x".repeat(40) }];

describe("the fields of a message request", () => {
  it("are its model, its stream, its bound and an estimate", () => {
    const body = { model: "tuned", max_tokens: 100, messages, stream: true };
    expect(readMessageFields(body)).toMatchObject({
      model: "tuned",
      stream: true,
      maxOutputTokens: 100,
      outputField: "max_tokens",
      estimatedInputTokens: 14,
    });
    expect(readMessageFields({ ...body, stream: null }).stream).toBe(false);
  });

  it.each([
    [{ model: "tuned", messages }, "max_tokens"],
    [{ model: "tuned", max_tokens: -1, messages }, "max_tokens"],
    [{ model: "tuned", max_tokens: 1.5, messages }, "max_tokens"],
    [{ max_tokens: 1, messages }, "model"],
    [{ model: "tuned", max_tokens: 1, messages: [] }, "messages"],
    [{ model: "tuned", max_tokens: 1, messages: [{ role: "user" }] }, "messages[0].content"],
    [{ model: "tuned", max_tokens: 1, messages, stream: "yes" }, "stream"],
  ])("refuse %j by the field", (body, param) => {
    expect(() => readMessageFields(body)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it("hold nothing for a count of tokens, which costs nothing", () => {
    expect(readMessageCountFields({ model: "tuned", messages })).toMatchObject({
      stream: false,
      estimatedInputTokens: 0,
      maxOutputTokens: 0,
      outputField: null,
    });
    expect(() => readMessageCountFields({ model: "tuned" })).toThrow(expect.objectContaining({ param: "messages" }));
  });
});

describe("the estimate", () => {
  const of = (content: unknown): number => estimateMessageTokens({ messages: [{ role: "user", content }] }) - 4;

  it("counts system, tools and the words of every block", () => {
    const text = "x".repeat(400);
    expect(of(text)).toBe(100);
    expect(of([{ type: "text", text }])).toBe(100);
    expect(of([{ type: "text", text: '"'.repeat(400) }])).toBe(100);
    expect(of([{ type: "tool_result", tool_use_id: "a", content: text }])).toBe(100);
    expect(of([{ type: "tool_use", id: "a", name: "b", input: { text } }])).toBeGreaterThan(100);
    expect(estimateMessageTokens({ system: text, messages: [] })).toBe(100);
    expect(estimateMessageTokens({ tools: [{ name: text }], messages: [] })).toBeGreaterThan(100);
  });

  it("counts a picture flat, and a document by its size", () => {
    const data = "A".repeat(1_000_000);
    expect(of([{ type: "image", source: { type: "base64", data } }])).toBe(1000);
    expect(of([{ type: "document", source: { type: "base64", data } }])).toBe(40_000);
    expect(of([{ type: "document", source: { type: "url", url: "https://x.org/a.pdf" } }])).toBe(1000);
  });

  it("survives a body that nobody has checked", () => {
    expect(estimateMessageTokens({ messages: ["x", null, { content: [null, 3] }], system: 3 })).toBe(12);
    expect(estimateMessageTokens({})).toBe(0);
  });
});
