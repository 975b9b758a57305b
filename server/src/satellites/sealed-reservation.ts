import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { open, seal } from "../platform/crypto/aes-gcm.ts";
import { StoredBounds } from "../platform/http/stored-caller.ts";

/**
 * A reservation is its own record: whose request it is, sealed, so that the settlement needs nothing that lives in one process
 * and nobody can settle for another account. base64url(nonce ‖ ciphertext ‖ tag) of compressed JSON under AES-256-GCM.
 */
const reservationPayload = z.object({
  requestId: z.string(),
  /** The account of the satellite, which alone may settle. */
  satelliteId: z.string(),
  model: z.string(),
  /** Unix milliseconds. */
  startedAt: z.int(),
  caller: z.object({
    accountId: z.string(),
    keyId: z.string().nullable(),
    scopes: z.array(z.string()),
    tier: z.string(),
    bounds: StoredBounds,
    headers: z.record(z.string(), z.string()),
  }),
});
export type ReservationPayload = z.infer<typeof reservationPayload>;

const purpose = new TextEncoder().encode("satellite reservation 1");
const maxPayloadBytes = 65_536;

/** `key` has 32 bytes. */
export const sealReservation = (payload: ReservationPayload, key: Uint8Array): string =>
  Buffer.from(seal(key, deflateRawSync(JSON.stringify(payload)), purpose)).toString("base64url");

/** Null for what was not sealed under this key, or was changed since. */
export function openReservation(text: string, key: Uint8Array): ReservationPayload | null {
  try {
    const compressed = open(key, Buffer.from(text, "base64url"), purpose);
    const json = inflateRawSync(compressed, { maxOutputLength: maxPayloadBytes }).toString();
    return reservationPayload.parse(JSON.parse(json));
  } catch {
    // Whatever is wrong with it, it is not one of ours.
    return null;
  }
}
