import { describe, expect, it } from "vitest";
import { decodeText, encodeText, type JsonObject } from "./json.ts";
import { chatAdapter } from "./providers/openai-compatible/chat-adapter.ts";
import { compatibleServer } from "./providers/openai-compatible/server.ts";
import { chatCompletionsDialect } from "./receive/chat-completions/dialect.ts";
import { chatCall } from "./testing/chat-call.ts";
import { piecesOf, routeFor, translationArgs } from "./testing/chat-translation.ts";
import { chatChunk, doneEvent, event, usageOf } from "./testing/fake-upstream.ts";
import { translateGeneration } from "./translate-generation.ts";

const translatorFor = (more: JsonObject = {}, options: { strict?: boolean } = {}) => {
  const args = translationArgs(chatCall({ stream: true, ...more }), routeFor("openai-compatible", "up"), options);
  return translateGeneration(chatCompletionsDialect, chatAdapter(compatibleServer), args).streamTranslator();
};

const call = (index: number, args: string, id?: string): JsonObject => ({
  index,
  ...(id === undefined ? {} : { id, type: "function" }),
  function: { ...(id === undefined ? {} : { name: "f" }), arguments: args },
});
const chunk = (delta: JsonObject, finish_reason: string | null = null) => event(chatChunk(delta, { finish_reason }));

describe("a translated stream", () => {
  it("is the same to the client, wherever the provider's bytes are cut", () => {
    const stream =
      chunk({ role: "assistant", content: "" }) +
      chunk({ reasoning_content: "hm" }) +
      chunk({ content: "grün 🦜" }) +
      chunk({ tool_calls: [call(0, "", "a"), call(1, '{"y"', "b")] }) +
      chunk({ tool_calls: [call(1, ":2}"), call(0, '{"x":1}')] }) +
      chunk({}, "tool_calls") +
      event(chatChunk(null, { usage: usageOf(3, 2) })) +
      doneEvent;
    const bytes = encodeText(stream);
    const read = (size: number): string => {
      const translator = translatorFor();
      const text = piecesOf(bytes, size).map((piece) => decodeText(translator.push(piece)));
      expect(translator.state()).toBe("done");
      expect(translator.usage()).toMatchObject({ counts: { inputUncached: 3, outputText: 2 }, source: "reported" });
      return text.join("") + decodeText(translator.close());
    };
    const whole = read(bytes.length);
    expect(whole).toContain("grün 🦜");
    expect(whole.endsWith("data: [DONE]\n\n")).toBe(true);
    for (let size = 1; size < bytes.length; size += 1) expect(read(size)).toBe(whole);
  });

  it("counts what had come when it breaks off, beside what was reported", () => {
    const translator = translatorFor();
    translator.push(encodeText(chunk({ content: "twelve chars" })));
    expect(translator.usage()).toMatchObject({ counts: { outputText: 3 }, source: "partial" });
    translator.end();
    expect(translator.error()).toMatchObject({ code: "provider_disconnected" });
  });

  it("edge case 25: fails with its field where a strict caller would lose something of the answer", () => {
    const functions = { functions: [{ name: "f" }] };
    const calls = encodeText(chunk({ tool_calls: [call(0, "{}", "a"), call(1, "{}", "b")] }));
    const strict = translatorFor(functions, { strict: true });
    strict.push(calls);
    expect(strict.error()).toMatchObject({ status: 400, code: "unsupported_parameter", param: "function_call" });
    const lenient = translatorFor(functions);
    expect(decodeText(lenient.push(calls))).toContain("function_call");
    expect(lenient.state()).toBe("open");
    // Both came with the first bytes, so that the header tells it.
    expect(decodeText(lenient.close())).toBe(doneEvent);
    const late = translatorFor(functions);
    late.push(encodeText(chunk({ content: "a" })));
    late.push(calls);
    expect(decodeText(late.close())).toBe(
      `: x-gateway-warnings: function_call: only the first of several calls is told\n\n${doneEvent}`,
    );
  });
});
