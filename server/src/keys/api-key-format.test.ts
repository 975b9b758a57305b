import { createSecretKey, randomBytes } from "node:crypto";
import { ApiKeyId } from "@llm-tuner/contract/ids.ts";
import { describe, expect, it } from "vitest";
import { formatApiKey, isSameMac, macOfApiKey, newApiKeyParts, parseApiKey, visiblePrefix } from "./api-key-format.ts";

const parts = newApiKeyParts();
const text = formatApiKey(parts);

describe("API key", () => {
  it("has the documented shape and is read back", () => {
    expect(text).toMatch(/^lp_live_[0-9A-Za-z]{61}$/);
    expect(parseApiKey(text)).toEqual(parts);
    expect(ApiKeyId.parse(parts.id)).toBe(parts.id);
    expect(text.startsWith(visiblePrefix(parts.id))).toBe(true);
  });

  it("SEC-23: its secret has 256 bits", () => {
    expect(parts.secret.length * Math.log2(62)).toBeGreaterThanOrEqual(256);
  });

  it("of before, with a shorter secret, is still read, and no length between", () => {
    const former = { id: "key_0123456789AB", secret: "abcdefghijklmnopqrstuvwxyz012345" };
    expect(parseApiKey(formatApiKey(former))).toEqual(former);
    expect(parseApiKey(formatApiKey({ ...former, secret: `${former.secret}6` }))).toBeNull();
  });

  it("keeps its checksum from release to release: keys are in use", () => {
    const fixed = { id: "key_0123456789AB", secret: "abcdefghijklmnopqrstuvwxyz012345" };
    expect(formatApiKey(fixed)).toBe("lp_live_0123456789ABabcdefghijklmnopqrstuvwxyz0123451yoYWt");
  });

  it("finds every single typing error", () => {
    for (let index = 0; index < text.length; index += 1) {
      const typo = text.slice(0, index) + (text.charAt(index) === "x" ? "y" : "x") + text.slice(index + 1);
      expect(parseApiKey(typo), `character ${index}`).toBeNull();
    }
  });

  it("finds neighbours that were swapped", () => {
    for (let index = 8; index + 1 < text.length; index += 1) {
      const [first, second] = [text.charAt(index), text.charAt(index + 1)];
      if (first === second) continue;
      expect(parseApiKey(text.slice(0, index) + second + first + text.slice(index + 2))).toBeNull();
    }
  });

  it.each([
    "",
    "lp_live_",
    text.slice(1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    text.replace("live", "test"),
    `sk-${text}`,
  ])("is not %j", (other) => {
    expect(parseApiKey(other)).toBeNull();
  });

  it("is different every time", () => {
    const keys = Array.from({ length: 1000 }, () => formatApiKey(newApiKeyParts()));
    expect(new Set(keys).size).toBe(1000);
  });
});

describe("MAC of an API key", () => {
  const pepper = createSecretKey(randomBytes(32));

  it("depends on the secret, on the key's id and on the pepper", () => {
    const mac = macOfApiKey(parts, pepper);
    expect(isSameMac(mac, macOfApiKey(parts, pepper))).toBe(true);
    expect(isSameMac(mac, macOfApiKey({ ...parts, secret: newApiKeyParts().secret }, pepper))).toBe(false);
    expect(isSameMac(mac, macOfApiKey({ ...parts, id: newApiKeyParts().id }, pepper))).toBe(false);
    expect(isSameMac(mac, macOfApiKey(parts, createSecretKey(randomBytes(32))))).toBe(false);
    expect(isSameMac(mac, mac.subarray(1))).toBe(false);
  });
});
