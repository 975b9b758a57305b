import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { seal } from "./aes-gcm.ts";
import { createEnvelope, DecryptionError } from "./envelope.ts";
import { deriveKey } from "./hkdf.ts";
import { changingMasterKeys, masterKeysOf } from "./master-keys.ts";

const place = { table: "sessions", row: "sess_1", column: "mac_key" };
/** version ‖ key id, and the wrapped data key with its nonce and tag. */
const bodyStart = 5 + 12 + 32 + 16;

/** A ciphertext as the first version of the envelope wrote it. */
function firstVersionCiphertext(masterKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const header = Buffer.concat([Uint8Array.of(1), deriveKey(masterKey, "envelope/key-id").subarray(0, 4)]);
  const authenticated = Buffer.concat([header, Buffer.from('["sessions","sess_1","mac_key"]')]);
  return Buffer.concat([header, seal(deriveKey(masterKey, "envelope/aes-256-gcm"), plaintext, authenticated)]);
}

describe("envelope", () => {
  it.each([0, 1, 32, 5000])("gives back %i bytes", (length) => {
    const envelope = createEnvelope(randomBytes(32));
    const plaintext = randomBytes(length);
    expect(envelope.decrypt(envelope.encrypt(plaintext, place), place)).toEqual(plaintext);
  });

  it("never writes the same bytes twice and never shows the plaintext", () => {
    const envelope = createEnvelope(randomBytes(32));
    const plaintext = Buffer.from("a secret that must not be seen");
    const [first, second] = [0, 1].map(() => Buffer.from(envelope.encrypt(plaintext, place)));
    expect(first?.includes(plaintext)).toBe(false);
    // Another data key, wrapped otherwise, and another body; only the version and the id of the master key are the same.
    for (const [from, to] of [
      [5, bodyStart],
      [bodyStart, undefined],
    ] as const)
      expect(first?.subarray(from, to)).not.toEqual(second?.subarray(from, to));
  });

  it("keeps reading what it wrote in its first version", () => {
    const masterKey = randomBytes(32);
    const plaintext = randomBytes(32);
    const ciphertext = firstVersionCiphertext(masterKey, plaintext);
    expect(createEnvelope(masterKey).decrypt(ciphertext, place)).toEqual(plaintext);
    expect(() => createEnvelope(masterKey).decrypt(ciphertext, { ...place, row: "sess_2" })).toThrow(DecryptionError);
  });

  it.each([
    { ...place, table: "signing_keys" },
    { ...place, row: "sess_2" },
    { ...place, column: "other" },
    // The three parts are delimited: shifting a character between them is another place.
    { table: "session", row: "ssess_1", column: "mac_key" },
  ])("SEC-37: refuses a ciphertext that was moved to %o", (elsewhere) => {
    const envelope = createEnvelope(randomBytes(32));
    const ciphertext = envelope.encrypt(randomBytes(32), place);
    expect(() => envelope.decrypt(ciphertext, elsewhere)).toThrow(DecryptionError);
  });

  it("SEC-37: refuses two ciphertexts that were swapped, and a wrap on the body of another", () => {
    const envelope = createEnvelope(randomBytes(32));
    const other = { ...place, row: "sess_2" };
    const [here, there] = [envelope.encrypt(randomBytes(32), place), envelope.encrypt(randomBytes(32), other)];
    expect(() => envelope.decrypt(there, place)).toThrow(DecryptionError);
    expect(() => envelope.decrypt(here, other)).toThrow(DecryptionError);
    const again = envelope.encrypt(randomBytes(32), place);
    const mixed = Buffer.concat([here.subarray(0, bodyStart), again.subarray(bodyStart)]);
    expect(() => envelope.decrypt(mixed, place)).toThrow(DecryptionError);
  });

  it.each(["first", "second"])("SEC-37: refuses a flip of any byte and every truncation of its %s version", (which) => {
    const masterKey = randomBytes(32);
    const envelope = createEnvelope(masterKey);
    const plaintext = randomBytes(8);
    const ciphertext = Buffer.from(
      which === "first" ? firstVersionCiphertext(masterKey, plaintext) : envelope.encrypt(plaintext, place),
    );
    for (let index = 0; index < ciphertext.length; index += 1) {
      for (const bit of [1, 2, 128]) {
        const flipped = Buffer.from(ciphertext);
        flipped.writeUInt8(flipped.readUInt8(index) ^ bit, index);
        expect(() => envelope.decrypt(flipped, place), `byte ${index}`).toThrow(DecryptionError);
      }
      expect(() => envelope.decrypt(ciphertext.subarray(0, index), place), `first ${index}`).toThrow(DecryptionError);
    }
  });

  it("names another master key as the reason", () => {
    const ciphertext = createEnvelope(randomBytes(32)).encrypt(randomBytes(8), place);
    expect(() => createEnvelope(randomBytes(32)).decrypt(ciphertext, place)).toThrow(/another master key/);
  });
});

describe("a change of the master key", () => {
  const [old, young] = [randomBytes(32), randomBytes(32)];
  const before = createEnvelope(old);
  const during = createEnvelope(masterKeysOf([young, old]));
  const after = createEnvelope(young);

  it("SEC-37: goes through a time in which both keys decrypt and the new one encrypts", () => {
    const plaintext = randomBytes(32);
    expect(during.decrypt(before.encrypt(plaintext, place), place)).toEqual(plaintext);
    expect(after.decrypt(during.encrypt(plaintext, place), place)).toEqual(plaintext);
  });

  it("SEC-37: changes only the wrap, once, and then the old key may be dropped", () => {
    const plaintext = randomBytes(32);
    const ciphertext = before.encrypt(plaintext, place);
    const rewrapped = during.rewrap(ciphertext, place) ?? new Uint8Array();
    expect(rewrapped.subarray(bodyStart)).toEqual(ciphertext.subarray(bodyStart));
    expect(rewrapped.subarray(0, 5)).toEqual(during.presentHeader());
    expect(after.decrypt(rewrapped, place)).toEqual(plaintext);
    expect(() => before.decrypt(rewrapped, place)).toThrow(/another master key/);
    expect(during.rewrap(rewrapped, place)).toBeUndefined();
  });

  it("brings a ciphertext of the first version into the present one, also under the same key", () => {
    const plaintext = randomBytes(32);
    for (const envelope of [before, during]) {
      const renewed = envelope.rewrap(firstVersionCiphertext(old, plaintext), place) ?? new Uint8Array();
      expect(renewed[0]).toBe(2);
      expect(envelope.decrypt(renewed, place)).toEqual(plaintext);
    }
  });

  it("SEC-37: refuses to wrap anew what is damaged or moved", () => {
    const ciphertext = Buffer.from(before.encrypt(randomBytes(32), place));
    expect(() => during.rewrap(ciphertext, { ...place, row: "sess_2" })).toThrow(DecryptionError);
    ciphertext.writeUInt8(ciphertext.readUInt8(ciphertext.length - 1) ^ 1, ciphertext.length - 1);
    expect(() => during.rewrap(ciphertext, place)).toThrow(DecryptionError);
    expect(() => after.rewrap(before.encrypt(randomBytes(32), place), place)).toThrow(/another master key/);
  });

  it("is noticed by a running process at its next use", () => {
    let keys = [old];
    const running = createEnvelope(changingMasterKeys({ version: () => String(keys.length), read: () => keys }));
    const ciphertext = running.encrypt(Buffer.from("x"), place);
    keys = [young, old];
    expect(running.presentHeader()).toEqual(after.presentHeader());
    expect(after.decrypt(running.encrypt(Buffer.from("y"), place), place).toString()).toBe("y");
    expect(running.decrypt(ciphertext, place).toString()).toBe("x");
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
