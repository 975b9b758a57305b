import { describe, expect, it } from "vitest";
import { messageFrom, messageInQuery } from "./external-message.ts";
import { externalWords } from "./external-words.ts";

const popup = { name: "the popup" };
const origin = "https://tuner.example.org";
const data = { type: "llm-tuner.external-sign-in", outcome: "signed_in", code: null } as const;
const expected = { origin, source: popup };

describe("what the popup says", () => {
  it("is heard from the very window, of the very origin, in the very shape", () => {
    expect(messageFrom({ origin, source: popup, data }, expected)).toEqual(data);
  });

  it.each([
    ["another origin", { origin: "https://evil.example", source: popup, data }],
    ["a sub-domain", { origin: "https://tuner.example.org.evil.example", source: popup, data }],
    ["an opaque origin", { origin: "null", source: popup, data }],
    ["another window", { origin, source: { name: "a frame" }, data }],
    ["no window", { origin, source: null, data }],
    ["another type", { origin, source: popup, data: { ...data, type: "other" } }],
    ["another outcome", { origin, source: popup, data: { ...data, outcome: "admin" } }],
    ["more than the shape", { origin, source: popup, data: { ...data, token: "t" } }],
    ["text", { origin, source: popup, data: JSON.stringify(data) }],
    ["nothing", { origin, source: popup, data: null }],
  ])("SEC-15: is not heard from or as %s", (_, heard) => {
    expect(messageFrom(heard, expected)).toBeUndefined();
  });

  it("stands in the query after a redirect, or does not", () => {
    expect(messageInQuery("?outcome=failed&code=state_mismatch")).toMatchObject({
      outcome: "failed",
      code: "state_mismatch",
    });
    expect(messageInQuery("?outcome=cancelled")).toMatchObject({ outcome: "cancelled", code: null });
    expect(messageInQuery("?outcome=owned")).toBeUndefined();
    expect(messageInQuery("")).toBeUndefined();
  });
});

describe("how it ended, in words", () => {
  it.each([
    ["cancelled", null, "You stopped at Google"],
    ["verification_sent", null, "Look into your mailbox"],
    ["failed", "provider_unavailable", "(provider unavailable)"],
    ["failed", null, "did not work. Try again"],
  ] as const)("%s %s", (outcome, code, part) => {
    const words = externalWords({ type: "llm-tuner.external-sign-in", outcome, code }, "Google");
    expect(words?.text).toContain(part);
  });

  it.each(["signed_in", "password_required"] as const)("%s needs none", (outcome) => {
    const message = { type: "llm-tuner.external-sign-in", outcome, code: null } as const;
    expect(externalWords(message, "Google")).toBeUndefined();
  });
});
