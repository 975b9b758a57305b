import { describe, expect, it } from "vitest";
import { GatewayError } from "../errors.ts";
import { encodeJson } from "../json.ts";
import { noBounds } from "../ports.ts";
import type { Endpoint } from "./call.ts";
import { readCall, withOutputBound } from "./read-call.ts";

const parse = (body: object, endpoint: Endpoint = "chat/completions") =>
  readCall({ endpoint, bytes: encodeJson(body), maxDepth: 32, bounds: noBounds, header: () => undefined });
const chat = (more: object) => parse({ model: "m", messages: [{ role: "user", content: "hi" }], ...more });
const complete = (more: object) => parse({ model: "m", prompt: "hi", ...more }, "completions");

describe("the bound of the output", () => {
  it.each([
    [{}, null],
    [{ max_tokens: null }, null],
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 7 }, 7],
    [{ max_tokens: 5, max_completion_tokens: 7 }, 7],
    // Some servers know the one name, some the other.
    [{ max_tokens: 9, max_completion_tokens: 1 }, 9],
    [{ max_tokens: 5, n: "3" }, 15],
    [{ max_tokens: 5, n: 3 }, 15],
    [{ max_tokens: 5, n: null }, 5],
    [{ max_tokens: 5, n: "many" }, 5],
  ])("of a chat with %j is %j", (more, bound) => {
    expect(chat(more).maxOutputTokens).toBe(bound);
  });

  it.each([
    [{ max_tokens: 5, prompt: ["a", "b"] }, 10],
    [{ max_tokens: 5, prompt: [1, 2, 3] }, 5],
    [{ max_tokens: 5, prompt: [[1, 2], [3]] }, 10],
    [{ max_tokens: 5, n: 2, best_of: 4 }, 20],
  ])("of a completion with %j is %j", (more, bound) => {
    expect(complete(more).maxOutputTokens).toBe(bound);
  });
});

describe("more answers than can be counted", () => {
  it.each([
    ["chat/completions", { max_tokens: 1_000_000, n: 1_001 }, "max_tokens"],
    ["chat/completions", { n: 9e15 }, "n"],
    ["completions", { prompt: ["a", "b"], best_of: 600_000_000 }, "n"],
    ["messages", { max_tokens: Number.MAX_SAFE_INTEGER }, "max_tokens"],
    ["responses", { input: "hi", max_output_tokens: 1e15 }, "max_output_tokens"],
  ] as const)("are refused: %s with %j", (endpoint, more, param) => {
    const body = { model: "m", messages: [{ role: "user", content: "hi" }], prompt: "hi", ...more };
    expect(() => parse(body, endpoint)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe("a bound by what is held", () => {
  it("divides among the answers, and leaves a bound of the caller's own as it is", () => {
    const bounded = withOutputBound(complete({ prompt: ["a", "b"], n: 3 }), 100);
    expect([bounded.maxOutputTokens, bounded.body["max_tokens"]]).toEqual([96, 16]);
    expect(JSON.parse(new TextDecoder().decode(bounded.bytes))).toEqual(bounded.body);
    expect(withOutputBound(chat({}), 100).body["max_tokens"]).toBe(100);
    expect(withOutputBound(chat({ n: 9 }), 5).body["max_tokens"]).toBe(1);
    for (const own of [chat({ max_tokens: 500 }), chat({ max_completion_tokens: 500 })]) {
      expect(withOutputBound(own, 100)).toBe(own);
    }
    const unbounded = chat({});
    expect(withOutputBound(unbounded, undefined)).toBe(unbounded);
  });
});

describe("the estimate of the input", () => {
  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(100_000)}` } };
  it.each([
    ["text", [{ role: "user", content: "12345678" }], 4 + 2],
    ["no content", [{ role: "assistant", content: null }], 4],
    [
      "two messages",
      [
        { role: "system", content: "1234" },
        { role: "user", content: "12345" },
      ],
      4 + 1 + 4 + 2,
    ],
    [
      "parts, an image not by its length",
      [{ role: "user", content: [{ type: "text", text: "1234" }, image] }],
      4 + 1 + 1000,
    ],
  ])("of %s", (_name, messages, tokens) => {
    expect(parse({ model: "m", messages }).estimatedInputTokens).toBe(tokens);
  });

  it.each([
    ["12345", 2],
    [["1234", "1"], 2],
    [[1, 2, 3], 3],
    [[[1, 2], [3]], 3],
  ])("of the prompt %j is %i", (prompt, tokens) => {
    expect(complete({ prompt }).estimatedInputTokens).toBe(tokens);
  });

  it("counts the descriptions of tools", () => {
    const tools = [{ type: "function", function: { name: "weather", description: "x".repeat(400) } }];
    expect(chat({ tools }).estimatedInputTokens).toBeGreaterThan(chat({}).estimatedInputTokens + 100);
  });
});

describe("the header x-gateway-strict", () => {
  const strictBy = (value: string | undefined): boolean =>
    readCall({
      endpoint: "completions",
      bytes: encodeJson({ model: "m", prompt: "a" }),
      maxDepth: 32,
      bounds: noBounds,
      header: (name) => (name === "x-gateway-strict" ? value : undefined),
    }).strict;

  it.each([
    [undefined, false],
    ["false", false],
    ["False", false],
    ["true", true],
    ["TRUE", true],
    [" true ", true],
  ])("of %j is read as %j", (value, strict) => {
    expect(strictBy(value)).toBe(strict);
  });

  it.each(["", "1", "yes", "true, true", "tru"])("is refused as %j, instead of being lenient", (value) => {
    expect(() => strictBy(value)).toThrow(/`true` or `false`/);
  });
});

describe("fields", () => {
  it.each(["Model", "MODEL", "\u017Ftream", "max_to\u212Aens", "N", "Stream_Options"])(
    "that some servers take for another one, such as %j, are refused",
    (field) => {
      expect(() => complete({ [field]: 1 })).toThrow(expect.objectContaining({ status: 400, param: field }));
    },
  );

  it("that the gateway does not know are kept", () => {
    expect(chat({ return_token_ids: true, metadata: { a: 1 } }).body).toMatchObject({
      return_token_ids: true,
      metadata: { a: 1 },
    });
  });

  it("that are null count as absent", () => {
    expect(chat({ stream: null, stream_options: null })).toMatchObject({ stream: false, includeUsage: false });
  });

  it("named like parts of an object's machinery do no harm", () => {
    const bytes = new TextEncoder().encode('{"model":"m","prompt":"a","__proto__":{"stream":true},"constructor":1}');
    expect(
      readCall({ endpoint: "completions", bytes, maxDepth: 32, bounds: noBounds, header: () => undefined }).stream,
    ).toBe(false);
  });

  it("at fault are named as OpenAI names them", () => {
    const faulty = () => chat({ messages: [{ role: "user", content: [{ type: 1 }] }] });
    expect(faulty).toThrow(GatewayError);
    expect(faulty).toThrow(/messages\[0\]\.content/);
  });
});
