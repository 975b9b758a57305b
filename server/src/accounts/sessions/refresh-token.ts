import { createHmac, timingSafeEqual } from "node:crypto";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";

/** What a refresh token says; whether it is true only the session's MAC key can tell. */
export interface RefreshTokenClaims {
  sessionId: string;
  counter: number;
}

const version = 1;
const idCharacters = 22;
const counterBytes = 4;
const macBytes = 32;
const claimBytes = 1 + idCharacters + counterBytes;
const tokenBytes = claimBytes + macBytes;

function encodeClaims({ sessionId, counter }: RefreshTokenClaims): Buffer {
  const bytes = Buffer.alloc(claimBytes);
  bytes.writeUInt8(version, 0);
  bytes.write(sessionId.slice(idPrefixes.session.length), 1, "latin1");
  bytes.writeUInt32BE(counter, 1 + idCharacters);
  return bytes;
}

const macOf = (claims: Buffer, macKey: Uint8Array): Buffer => createHmac("sha256", macKey).update(claims).digest();

/**
 * version (1 byte) ‖ session id (22) ‖ counter (4) ‖ HMAC-SHA-256 (32), as base64url. The same claims and key always give
 * the same token, which is how a repeated refresh can answer with the successor it gave before.
 */
export function encodeRefreshToken(claims: RefreshTokenClaims, macKey: Uint8Array): string {
  const bytes = encodeClaims(claims);
  return Buffer.concat([bytes, macOf(bytes, macKey)]).toString("base64url");
}

/** The claims of a well-formed token, or null. Says nothing yet of its truth. */
export function parseRefreshToken(token: string): RefreshTokenClaims | null {
  const bytes = Buffer.from(token, "base64url");
  // Decoding is lenient, so only the one spelling that encodes back to itself is taken.
  if (bytes.length !== tokenBytes || bytes.toString("base64url") !== token || bytes.readUInt8(0) !== version)
    return null;
  const id = bytes.toString("latin1", 1, 1 + idCharacters);
  if (!/^[0-9A-Za-z]+$/.test(id)) return null;
  return { sessionId: idPrefixes.session + id, counter: bytes.readUInt32BE(1 + idCharacters) };
}

/** Whether the token was made with this session's key; takes the same time whatever is wrong. */
export function isAuthenticRefreshToken(token: string, macKey: Uint8Array): boolean {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length !== tokenBytes) return false;
  return timingSafeEqual(macOf(bytes.subarray(0, claimBytes), macKey), bytes.subarray(claimBytes));
}
