import { describe, expect, it } from "vitest";
import { encodeText } from "./json.ts";
import { gemini } from "./providers/gemini/provider.ts";
import { chatCall } from "./testing/chat-call.ts";
import { routeFor, translationArgs } from "./testing/chat-translation.ts";
import { translationOf } from "./translate.ts";

const event = (parts: unknown[]): Uint8Array =>
  encodeText(`data: ${JSON.stringify({ candidates: [{ content: { parts } }] })}\n\n`);

describe("the usage of a stream that is broken off", () => {
  it("counts the words that came and no tokens for the length of a picture", () => {
    const args = translationArgs(chatCall({ stream: true }), routeFor("gemini", "gemini-2.5-flash-image"));
    const translator = translationOf(gemini, args).streamTranslator();
    translator.push(event([{ text: "12345678" }]));
    translator.push(event([{ inlineData: { mimeType: "image/png", data: "A".repeat(400_000) } }]));
    translator.push(event([{ text: "1234" }]));
    translator.end();
    expect(translator.state()).toBe("failed");
    expect(translator.usage()).toMatchObject({ counts: { outputText: 3 }, source: "partial" });
  });
});
