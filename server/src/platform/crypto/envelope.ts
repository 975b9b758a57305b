import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveKey } from "./hkdf.ts";

/** Where a ciphertext lives. It is authenticated, so that a value copied to another place does not decrypt there. */
export interface CiphertextPlace {
  table: string;
  row: string;
  column: string;
}

export interface Envelope {
  encrypt(plaintext: Uint8Array, place: CiphertextPlace): Uint8Array;
  /** Throws `DecryptionError` when the bytes were changed, moved, or written under another master key. */
  decrypt(ciphertext: Uint8Array, place: CiphertextPlace): Uint8Array;
}

/** Says which place failed, never what was in it. */
export class DecryptionError extends Error {
  constructor(place: CiphertextPlace, reason: string, cause?: unknown) {
    super(`Cannot decrypt ${place.table}.${place.column} of row ${place.row}: ${reason}.`, { cause });
    this.name = "DecryptionError";
  }
}

const version = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + keyIdBytes;
const overheadBytes = headerBytes + nonceBytes + tagBytes;

/**
 * Encryption at rest: AES-256-GCM under a key derived from the master key.
 * Layout: version (1) ‖ id of the master key (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16). The key's id tells "another
 * master key" from "damaged", and lets a later rotation find what is still to be re-encrypted.
 */
export function createEnvelope(masterKey: Uint8Array): Envelope {
  const key = deriveKey(masterKey, "envelope/aes-256-gcm");
  const keyId = deriveKey(masterKey, "envelope/key-id").subarray(0, keyIdBytes);
  const header = Buffer.concat([Uint8Array.of(version), keyId]);
  const authenticated = (place: CiphertextPlace) =>
    Buffer.concat([header, Buffer.from(JSON.stringify([place.table, place.row, place.column]))]);

  return {
    encrypt(plaintext, place) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(authenticated(place));
      return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },

    decrypt(ciphertext, place) {
      if (ciphertext.byteLength < overheadBytes) throw new DecryptionError(place, "it is too short");
      if (ciphertext[0] !== version) throw new DecryptionError(place, "its version is unknown");
      if (!header.equals(ciphertext.subarray(0, headerBytes))) {
        throw new DecryptionError(place, "it was written under another master key");
      }
      const bodyStart = headerBytes + nonceBytes;
      const bodyEnd = ciphertext.byteLength - tagBytes;
      const decipher = createDecipheriv("aes-256-gcm", key, ciphertext.subarray(headerBytes, bodyStart), {
        authTagLength: tagBytes,
      })
        .setAAD(authenticated(place))
        .setAuthTag(ciphertext.subarray(bodyEnd));
      try {
        return Buffer.concat([decipher.update(ciphertext.subarray(bodyStart, bodyEnd)), decipher.final()]);
      } catch (cause) {
        throw new DecryptionError(place, "it was changed or moved", cause);
      }
    },
  };
}
