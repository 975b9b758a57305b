import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

describe("encodeBase64", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("writes %j as RFC 4648 does: %s", (text, written) => {
    expect(encodeBase64(new TextEncoder().encode(text))).toBe(written);
  });

  it("writes every byte at every place as another encoder does, also of a part of an array", () => {
    const bytes = Uint8Array.from({ length: 3 * 256 }, (_, index) => (index * 7 + (index >> 8)) % 256);
    for (let start = 0; start < 3; start += 1) {
      const part = bytes.subarray(start, bytes.length - 1);
      expect(encodeBase64(part)).toBe(Buffer.from(part).toString("base64"));
    }
  });
});

describe("decodeBase64", () => {
  it("reads what was written, and nothing of what is no base64", () => {
    const bytes = Uint8Array.of(0, 255, 16, 128);
    expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
    expect(decodeBase64("not base64!")).toBeUndefined();
  });
});
