import { decodeText, encodeText } from "./json.ts";

const alphabet = encodeText("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const padding = 0x3d;

/**
 * Base64 of bytes (RFC 4648, with padding), by nothing but what every host has. `btoa` wants the bytes as a text first,
 * which takes seconds for a large picture.
 */
export const encodeBase64 = (bytes: Uint8Array): string => {
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(padding);
  let written = 0;
  for (let start = 0; start < bytes.length; start += 3) {
    const left = bytes.length - start;
    const group = ((bytes[start] ?? 0) << 16) | ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
    characters[written] = alphabet[group >> 18] ?? 0;
    characters[written + 1] = alphabet[(group >> 12) & 63] ?? 0;
    if (left > 1) characters[written + 2] = alphabet[(group >> 6) & 63] ?? 0;
    if (left > 2) characters[written + 3] = alphabet[group & 63] ?? 0;
    written += 4;
  }
  return decodeText(characters);
};

/** The bytes that base64 stands for; undefined when it is none. */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
};
