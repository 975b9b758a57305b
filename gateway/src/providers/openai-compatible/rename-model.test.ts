import { describe, expect, it } from "vitest";
import { withModelNamed } from "./rename-model.ts";

const renamed = (text: string) => withModelNamed(text, "up-2026", 'm"ine');

describe("the model of an answer", () => {
  it.each([
    ['{"id":"1","model":"up-2026","choices":[{"a":{}}]}', '{"id":"1","model":"m\\"ine","choices":[{"a":{}}]}'],
    ['{ "model" :\n "up-2026" }', '{ "model" :\n "m\\"ine" }'],
    [
      '{"model":"up-2026","text":"say \\"model\\":\\"up-2026\\" {"}',
      '{"model":"m\\"ine","text":"say \\"model\\":\\"up-2026\\" {"}',
    ],
  ])("is named anew in %s and nothing else is touched", (text, expected) => expect(renamed(text)).toBe(expected));

  it.each([
    ["within another object", '{"a":{"model":"up-2026"},"mod\\u0065l":"up-2026"}'],
    ["twice", '{"model":"up-2026","a":{"model":"up-2026"}}'],
    ["as a value", '{"object":"model"}'],
    ["with another name", '{"model":"up"}'],
    ["with a name written otherwise", '{"model":"up\\u002d2026"}'],
    ["behind a brace in a text", '{"text":"{","model":"up-2026"}'],
    ["in a long text", `{"model":"up-2026","text":"${"a".repeat(16_384)}"}`],
    ["nowhere", "{}"],
  ])("is left to be written anew where it stands %s", (_where, text) => expect(renamed(text)).toBeUndefined());
});
