import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { LockedParameters } from "@llm-tuner/contract/client-tokens.ts";
import { z } from "zod";
import { checksumLength, checksumOf } from "../api-key-format.ts";

/**
 * A client token is its own record: `lp_ct_` ‖ base64url(version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)) ‖
 * checksum (6). The ciphertext is the payload as compressed JSON under AES-256-GCM. It is sealed and not only signed,
 * since a locked system prompt must not be readable where the token lies.
 */
export const clientTokenPrefix = "lp_ct_";
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const maxPayloadBytes = 65_536;
/** Proxies commonly take a header line of 8 KiB. */
const maxTokenLength = 8000;
const shape = new RegExp(`^${clientTokenPrefix}([0-9A-Za-z_-]+)([0-9A-Za-z]{${checksumLength}})$`);

const clientTokenPayload = z.object({
  id: z.string(),
  userId: z.string(),
  /** What it was made with; the token ends with it. */
  parent: z.object({ kind: z.enum(["key", "session"]), id: z.string() }),
  /** Unix milliseconds. */
  issuedAt: z.int(),
  expiresAt: z.int(),
  models: z.array(z.string()).nullable(),
  maxRequests: z.int().nullable(),
  maxSpendNanoUsd: z.int().nullable(),
  origin: z.string().nullable(),
  locked: LockedParameters.nullable(),
});
export type ClientTokenPayload = z.infer<typeof clientTokenPayload>;

const authenticated = Buffer.concat([Buffer.from(clientTokenPrefix), Uint8Array.of(version)]);

/** Null when the token would be longer than header lines commonly may be. `key` has 32 bytes. */
export function sealClientToken(payload: ClientTokenPayload, key: Uint8Array): string | null {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(authenticated);
  const compressed = deflateRawSync(JSON.stringify(payload));
  const sealed = [Uint8Array.of(version), nonce, cipher.update(compressed), cipher.final(), cipher.getAuthTag()];
  const text = clientTokenPrefix + Buffer.concat(sealed).toString("base64url");
  const token = text + checksumOf(text);
  return token.length > maxTokenLength ? null : token;
}

/** The payload of a token that was sealed under this key and is unchanged, or null. */
export function openClientToken(token: string, key: Uint8Array): ClientTokenPayload | null {
  if (token.length > maxTokenLength) return null;
  const [, body, checksum] = shape.exec(token) ?? [];
  if (body === undefined || checksum !== checksumOf(clientTokenPrefix + body)) return null;
  const sealed = Buffer.from(body, "base64url");
  const start = 1 + nonceBytes;
  const end = sealed.byteLength - tagBytes;
  if (end < start || sealed[0] !== version) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, start), { authTagLength: tagBytes })
      .setAAD(authenticated)
      .setAuthTag(sealed.subarray(end));
    const compressed = Buffer.concat([decipher.update(sealed.subarray(start, end)), decipher.final()]);
    const json = inflateRawSync(compressed, { maxOutputLength: maxPayloadBytes }).toString();
    return clientTokenPayload.parse(JSON.parse(json));
  } catch {
    return null;
  }
}
