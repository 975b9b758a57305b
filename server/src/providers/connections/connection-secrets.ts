import { z } from "zod";
import type { Envelope } from "../../platform/crypto/envelope.ts";

const ConnectionSecrets = z.strictObject({
  apiKey: z.string().nullable(),
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});
/** What of a connection is never shown. */
export type ConnectionSecrets = z.infer<typeof ConnectionSecrets>;

const placeOf = (connectionId: string) => ({ table: "provider_connections", row: connectionId, column: "secrets" });

export const sealSecrets = (envelope: Envelope, connectionId: string, secrets: ConnectionSecrets): Uint8Array =>
  envelope.encrypt(Buffer.from(JSON.stringify(secrets)), placeOf(connectionId));

/** Throws `DecryptionError`. */
export const openSecrets = (envelope: Envelope, connectionId: string, sealed: Uint8Array): ConnectionSecrets =>
  ConnectionSecrets.parse(JSON.parse(Buffer.from(envelope.decrypt(sealed, placeOf(connectionId))).toString("utf8")));

const leastLengthToShowAPart = 12;

/** Enough to recognise a key; of a short one nothing. */
export const last4Of = (apiKey: string): string => (apiKey.length < leastLengthToShowAPart ? "****" : apiKey.slice(-4));
