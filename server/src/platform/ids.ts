import { randomFillSync } from "node:crypto";
import { idPrefixes, type IdKind } from "@llm-tuner/contract/ids.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random bytes are drawn by the page: a call to the system's source costs as much for two hundred ids as for one. */
const pool = new Uint8Array(8192);
let used = pool.length;

function nextByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool[used] ?? 0;
  // What has been given out is in nobody's memory but its owner's.
  pool[used] = 0;
  used += 1;
  return byte;
}

/** `length` characters of base 62 from the system's random source, without modulo bias. */
export function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    const byte = nextByte();
    // 248 is the largest multiple of 62 below 256: bytes from there on would favour the first characters.
    if (byte < 248) text += alphabet[byte % 62];
  }
  return text;
}

/** A new id of a kind: prefix and 22 base-62 characters (131 bits). */
export const newId = (kind: IdKind): string => idPrefixes[kind] + randomBase62(22);
