import { hkdfSync } from "node:crypto";

/** Of the one secret of an installation, from which every other key is derived. */
const masterKeyBytes = 32;

/**
 * A 32-byte key for one purpose. Purposes are independent: knowing one derived key says nothing of another, nor of
 * the master key. The purpose is part of stored data's meaning and must never change.
 */
export function deriveKey(masterKey: Uint8Array, purpose: string): Uint8Array {
  if (masterKey.byteLength !== masterKeyBytes) {
    throw new Error(`The master key must have ${masterKeyBytes} bytes; it has ${masterKey.byteLength}.`);
  }
  return new Uint8Array(hkdfSync("sha256", masterKey, new Uint8Array(0), `llm-tuner/${purpose}`, 32));
}
