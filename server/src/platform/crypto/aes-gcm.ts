import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
export const sealOverheadBytes = nonceBytes + tagBytes;

/** nonce (12) ‖ ciphertext ‖ tag (16); what is authenticated besides has to be the same again to open it. */
export function seal(key: Uint8Array, plaintext: Uint8Array, authenticated: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(authenticated);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when anything of it is not as it was sealed. */
export function open(key: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array): Uint8Array {
  const bodyEnd = sealed.byteLength - tagBytes;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(authenticated)
    .setAuthTag(sealed.subarray(bodyEnd));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, bodyEnd)), decipher.final()]);
}
