import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json.ts";
import { routeAt, translationArgs } from "./testing/translation-args.ts";
import { chatCall } from "./testing/chat-call.ts";
import { imageCall } from "./testing/image-call.ts";
import { bodyOf } from "./testing/chat-translation.ts";
import { lookUp } from "./look-up.ts";
import { providerOf, translationOf } from "./translate.ts";

/** Words that every object has an answer to. */
const inherited = ["constructor", "toString", "hasOwnProperty", "__proto__"];

describe("a word of a caller's or a provider's", () => {
  it.each(inherited)("%s is in no table", (word) => {
    expect(lookUp({ low: 1 }, word)).toBeUndefined();
    expect(lookUp({ low: 1 }, "low")).toBe(1);
  });

  it.each(inherited)("%s is an effort that Anthropic's models are not told", (effort) => {
    const call = chatCall({ reasoning_effort: effort, max_tokens: 4_000 });
    const { request } = translationOf(
      providerOf("anthropic"),
      translationArgs(call, routeAt("anthropic", "claude-sonnet-4-5")),
    );
    expect(bodyOf(request)["thinking"]).toEqual({ type: "enabled", budget_tokens: 2_000 });
  });

  it.each(inherited)("%s is a format of sound that nobody has", (format) => {
    const part = { type: "input_audio", input_audio: { data: "AAAA", format } };
    const call = chatCall({ messages: [{ role: "user", content: [part] }] });
    const ask = () => translationOf(providerOf("gemini"), translationArgs(call, routeAt("gemini", "gemini-2.5-flash")));
    expect(ask).toThrow(/wav or mp3/);
  });

  it("is a field that pictures of Gemini's are not made by, and told of", () => {
    const more: JsonObject = { constructor: "x" };
    const args = translationArgs(imageCall(more), routeAt("gemini", "gemini-2.5-flash-image"));
    translationOf(providerOf("gemini"), args);
    expect(args.notes.header()).toMatch(/^constructor: /);
  });
});
