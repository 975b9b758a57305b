import { randomBytes } from "node:crypto";
import { createEnvelope, type Envelope } from "../crypto/envelope.ts";
import { deriveKey } from "../crypto/hkdf.ts";

/** What the parts get that keep secrets, without a database; parts with the same master key share their secrets. */
export const testSecrets = (
  masterKey: Uint8Array = randomBytes(32),
): { envelope: Envelope; secretOf: (purpose: string) => Uint8Array } => ({
  envelope: createEnvelope(masterKey),
  secretOf: (purpose) => deriveKey(masterKey, purpose),
});
