import { createHmac, timingSafeEqual } from "node:crypto";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";
import type { LinkPurpose } from "./mail-purpose.ts";

const version = 1;
const idCharacters = 22;
const macBytes = 32;
const claimBytes = 1 + idCharacters;

/** The purpose is not in the token, but it is in its MAC: a link for one thing never does another. */
const macOf = (claims: Uint8Array, purpose: LinkPurpose, secret: Uint8Array): Buffer =>
  createHmac("sha256", secret).update(claims).update(purpose).digest();

/**
 * version (1 byte) ‖ mail id (22) ‖ HMAC-SHA-256 (32), as base64url. The same mail always gets the same token, so a
 * delivery that is repeated carries the same link.
 */
export function encodeLinkToken({ mailId, purpose }: { mailId: string; purpose: LinkPurpose }, secret: Uint8Array) {
  const claims = Buffer.alloc(claimBytes);
  claims.writeUInt8(version, 0);
  claims.write(mailId.slice(idPrefixes.mailToken.length), 1, "latin1");
  return Buffer.concat([claims, macOf(claims, purpose, secret)]).toString("base64url");
}

/** The mail of an authentic token of one of the given purposes, or null. Whether its link still holds its row says. */
export function openLinkToken<Purpose extends LinkPurpose>(
  token: string,
  purposes: readonly Purpose[],
  secret: Uint8Array,
): { mailId: string; purpose: Purpose } | null {
  const bytes = Buffer.from(token, "base64url");
  // Decoding is lenient, so only the one spelling that encodes back to itself is taken.
  if (bytes.length !== claimBytes + macBytes || bytes.toString("base64url") !== token) return null;
  if (bytes.readUInt8(0) !== version) return null;
  const claims = bytes.subarray(0, claimBytes);
  const purpose = purposes.find((wanted) => timingSafeEqual(macOf(claims, wanted, secret), bytes.subarray(claimBytes)));
  if (purpose === undefined) return null;
  return { mailId: idPrefixes.mailToken + claims.toString("latin1", 1), purpose };
}
