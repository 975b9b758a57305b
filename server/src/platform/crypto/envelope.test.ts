import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createEnvelope, DecryptionError } from "./envelope.ts";
import { deriveKey } from "./hkdf.ts";

const place = { table: "sessions", row: "sess_1", column: "mac_key" };

describe("envelope", () => {
  it.each([0, 1, 32, 5000])("gives back %i bytes", (length) => {
    const envelope = createEnvelope(randomBytes(32));
    const plaintext = randomBytes(length);
    expect(envelope.decrypt(envelope.encrypt(plaintext, place), place)).toEqual(plaintext);
  });

  it("never writes the same bytes twice and never shows the plaintext", () => {
    const envelope = createEnvelope(randomBytes(32));
    const plaintext = Buffer.from("a secret that must not be seen");
    const first = Buffer.from(envelope.encrypt(plaintext, place));
    expect(first.equals(envelope.encrypt(plaintext, place))).toBe(false);
    expect(first.includes(plaintext)).toBe(false);
  });

  it.each([
    { ...place, table: "signing_keys" },
    { ...place, row: "sess_2" },
    { ...place, column: "other" },
    // The three parts are delimited: shifting a character between them is another place.
    { table: "session", row: "ssess_1", column: "mac_key" },
  ])("refuses a ciphertext that was moved to %o", (elsewhere) => {
    const envelope = createEnvelope(randomBytes(32));
    const ciphertext = envelope.encrypt(randomBytes(32), place);
    expect(() => envelope.decrypt(ciphertext, elsewhere)).toThrow(DecryptionError);
  });

  it("refuses a flip of any byte and every truncation", () => {
    const envelope = createEnvelope(randomBytes(32));
    const ciphertext = Buffer.from(envelope.encrypt(randomBytes(8), place));
    for (let index = 0; index < ciphertext.length; index += 1) {
      const flipped = Buffer.from(ciphertext);
      flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
      expect(() => envelope.decrypt(flipped, place), `byte ${index}`).toThrow(DecryptionError);
      expect(() => envelope.decrypt(ciphertext.subarray(0, index), place), `first ${index}`).toThrow(DecryptionError);
    }
  });

  it("names another master key as the reason", () => {
    const ciphertext = createEnvelope(randomBytes(32)).encrypt(randomBytes(8), place);
    expect(() => createEnvelope(randomBytes(32)).decrypt(ciphertext, place)).toThrow(/another master key/);
  });
});

describe("derived keys", () => {
  it("differ by purpose and by master key and are stable", () => {
    const masterKey = randomBytes(32);
    expect(deriveKey(masterKey, "a")).toEqual(deriveKey(masterKey, "a"));
    expect(deriveKey(masterKey, "a")).not.toEqual(deriveKey(masterKey, "b"));
    expect(deriveKey(masterKey, "a")).not.toEqual(deriveKey(randomBytes(32), "a"));
  });

  it("keep their value from release to release: stored data depends on it", () => {
    const key = deriveKey(new Uint8Array(32).fill(7), "keys/mac");
    expect(Buffer.from(key).toString("hex")).toBe("5d413e81ab48184879f71179778df8328d653c317009c4ffe5d5f5bab8ca41b2");
  });

  it("refuse a master key of another length", () => {
    expect(() => deriveKey(randomBytes(31), "a")).toThrow(/32 bytes/);
  });
});
