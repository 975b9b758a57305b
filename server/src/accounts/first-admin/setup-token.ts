import { createHmac, timingSafeEqual } from "node:crypto";

/** The one token of an installation by which somebody becomes its first administrator; the same in every process. */
export const setupTokenOf = (setupId: string, secret: Uint8Array): string =>
  `setup_${createHmac("sha256", secret).update(setupId).digest("base64url")}`;

/** Takes the same time wherever the texts differ. */
export function isSetupToken(text: string, token: string): boolean {
  const given = Buffer.from(text);
  const right = Buffer.from(token);
  return given.length === right.length && timingSafeEqual(given, right);
}
