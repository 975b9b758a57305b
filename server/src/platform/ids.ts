import { randomBytes } from "node:crypto";
import { idPrefixes, type IdKind } from "@llm-tuner/contract/ids.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` characters of base 62 from the system's random source, without modulo bias. */
export function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 248 is the largest multiple of 62 below 256: bytes from there on would favour the first characters.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

/** A new id of a kind: prefix and 22 base-62 characters (131 bits). */
export const newId = (kind: IdKind): string => idPrefixes[kind] + randomBase62(22);
