import { createHmac, timingSafeEqual } from "node:crypto";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";

const version = 1;
const expiryBytes = 6;
const macBytes = 32;

const macOf = (claims: Uint8Array, key: Uint8Array): Buffer => createHmac("sha256", key).update(claims).digest();

export interface DownloadLink {
  documentId: string;
  expiresAt: Date;
}

/** version (1 byte) ‖ end in seconds (6) ‖ document id without its prefix ‖ HMAC-SHA-256 (32), as base64url. */
export function encodeDownloadLink({ documentId, expiresAt }: DownloadLink, key: Uint8Array): string {
  const head = Buffer.alloc(1 + expiryBytes);
  head.writeUInt8(version, 0);
  head.writeUIntBE(Math.floor(expiresAt.getTime() / 1000), 1, expiryBytes);
  const claims = Buffer.concat([head, Buffer.from(documentId.slice(idPrefixes.document.length), "latin1")]);
  return Buffer.concat([claims, macOf(claims, key)]).toString("base64url");
}

/** What an authentic token says, or null. Whether it has ended is for the caller to see. */
export function openDownloadLink(token: string, key: Uint8Array): DownloadLink | null {
  const bytes = Buffer.from(token, "base64url");
  // Decoding is lenient, so only the one spelling that encodes back to itself is taken.
  if (bytes.length <= 1 + expiryBytes + macBytes || bytes.toString("base64url") !== token) return null;
  const claims = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(macOf(claims, key), bytes.subarray(-macBytes)) || claims.readUInt8(0) !== version) return null;
  return {
    documentId: idPrefixes.document + claims.toString("latin1", 1 + expiryBytes),
    expiresAt: new Date(claims.readUIntBE(1, expiryBytes) * 1000),
  };
}
