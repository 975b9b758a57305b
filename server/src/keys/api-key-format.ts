import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";
import { randomBase62 } from "../platform/ids.ts";

/** The parts of a key: `lp_live_` ‖ public id (12) ‖ secret (43) ‖ checksum (6), all in base 62. */
export interface ApiKeyParts {
  /** As the platform's records name the key. */
  id: string;
  secret: string;
}

const prefix = "lp_live_";
const idLength = 12;
/** 256 bits. */
const secretLength = 43;
/** Of keys that were made before; they go on working. */
const formerSecretLength = 32;
export const checksumLength = 6;
const shape = new RegExp(
  `^${prefix}([0-9A-Za-z]{${idLength}})([0-9A-Za-z]{${secretLength}}|[0-9A-Za-z]{${formerSecretLength}})([0-9A-Za-z]{${checksumLength}})$`,
);

const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32 of everything before it: a typing error is found without asking anybody, and by scanners for leaked keys. */
export function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let position = 0; position < checksumLength; position += 1) {
    digits = base62Digits.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** A new random key: 71 bits name it, 256 bits prove it. */
export const newApiKeyParts = (): ApiKeyParts => ({
  id: idPrefixes.apiKey + randomBase62(idLength),
  secret: randomBase62(secretLength),
});

/** What a person sees of a key afterwards, and finds a leaked one by. */
export const visiblePrefix = (id: string): string => prefix + id.slice(idPrefixes.apiKey.length);

export function formatApiKey({ id, secret }: ApiKeyParts): string {
  const text = visiblePrefix(id) + secret;
  return text + checksumOf(text);
}

/** The parts of a well-formed key, or null; says nothing of whether such a key exists. */
export function parseApiKey(text: string): ApiKeyParts | null {
  const [, id, secret, checksum] = shape.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  return checksum === checksumOf(text.slice(0, -checksumLength)) ? { id: idPrefixes.apiKey + id, secret } : null;
}

/**
 * What is stored of a key. The secret is random, so it needs no slow hash; the pepper, which is not in the database,
 * keeps somebody who holds the database alone from testing keys against it. It is a key object because making one of bytes
 * would cost five times as much as the code itself, with every request.
 */
export const macOfApiKey = ({ id, secret }: ApiKeyParts, pepper: KeyObject): Buffer =>
  createHmac("sha256", pepper).update(`${id}.${secret}`).digest();

/** Takes the same time wherever the two differ. */
export const isSameMac = (first: Uint8Array, second: Uint8Array): boolean =>
  first.byteLength === second.byteLength && timingSafeEqual(first, second);
