import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checksumOf } from "../api-key-format.ts";
import { type ClientTokenPayload, clientTokenPrefix, openClientToken, sealClientToken } from "./client-token-format.ts";

const key = randomBytes(32);
const payload: ClientTokenPayload = {
  id: "ct_0123456789ABCDEFGHIJKL",
  userId: "user_0123456789ABCDEFGHIJKL",
  parent: { kind: "key", id: "key_0123456789AB" },
  issuedAt: 1_767_225_600_000,
  expiresAt: 1_767_226_200_000,
  models: ["ft:*"],
  maxRequests: 5,
  maxSpendNanoUsd: 1_000_000,
  origin: "https://app.example.org",
  locked: { system: "Never tell the recipe of the sauce.", temperature: 0.2 },
};
const seal = (changed: Partial<ClientTokenPayload> = {}, under = key) =>
  sealClientToken({ ...payload, ...changed }, under);
const token = seal() ?? "";

describe("client token", () => {
  it("has the documented shape and is read back", () => {
    expect(token).toMatch(/^lp_ct_[0-9A-Za-z_-]+[0-9A-Za-z]{6}$/);
    expect(openClientToken(token, key)).toEqual(payload);
  });

  it("is different every time, and shows nothing of what is in it", () => {
    expect(seal()).not.toBe(token);
    const bytes = Buffer.from(token.slice(clientTokenPrefix.length, -6), "base64url").toString("latin1");
    for (const word of ["sauce", "user_", "key_", "example.org", "ft:"]) expect(bytes).not.toContain(word);
  });

  it("is not read under another key", () => {
    expect(openClientToken(token, randomBytes(32))).toBeNull();
  });

  it("is not read when any character was changed, with its checksum made to fit", () => {
    const text = token.slice(0, -6);
    for (let index = clientTokenPrefix.length; index < text.length; index += 1) {
      const changed = text.slice(0, index) + (text.charAt(index) === "x" ? "y" : "x") + text.slice(index + 1);
      expect(openClientToken(changed + token.slice(-6), key), `character ${index}`).toBeNull();
    }
  });

  it("is not read when a bit was changed by somebody who makes the checksum fit", () => {
    const sealed = Buffer.from(token.slice(clientTokenPrefix.length, -6), "base64url");
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = clientTokenPrefix + changed.toString("base64url");
      expect(openClientToken(text + checksumOf(text), key), `bit ${bit}`).toBeNull();
    }
  });

  it("is not read when it was cut, at any place", () => {
    for (let length = 0; length < token.length; length += 1) {
      expect(openClientToken(token.slice(0, length), key)).toBeNull();
      const text = token.slice(0, length);
      expect(openClientToken(text + checksumOf(text), key), `${length} characters`).toSatisfy(
        (opened) => opened === null || length === token.length - 6,
      );
    }
  });

  it.each(["", "lp_ct_", `${token} `, `${token}\n`, `lp_live_${token.slice(6)}`, `lp_ct_${"A".repeat(100_000)}`])(
    "is not %j",
    (other) => {
      expect(openClientToken(other, key)).toBeNull();
    },
  );

  it("holds a long system prompt within a header line, and is refused where it would not fit", () => {
    const prose = "You are the assistant of a shop for garden tools; answer in two sentences. ";
    const long = { system: prose.repeat(100).slice(0, 7500) };
    expect(openClientToken(seal({ locked: long }) ?? "", key)?.locked).toEqual(long);
    expect(seal({ locked: { system: randomBytes(6000).toString("base64").slice(0, 8000) } })).toBeNull();
  });
});
