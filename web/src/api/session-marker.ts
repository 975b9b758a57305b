import type { SignedIn } from "@llm-tuner/contract/accounts.ts";
import { z } from "zod";

/**
 * What scripts may know of a session: who is signed in, and when the access cookie ends. The session itself lives in
 * HTTP-only cookies that no script can read.
 */
const SessionMarker = z.strictObject({ email: z.string(), expiresAt: z.number() });
export type SessionMarker = z.infer<typeof SessionMarker>;

/** Renewed this long before the end, so that a request under way does not outlive its cookie. */
const renewBeforeMs = 60_000;

export const parseMarker = (text: string): SessionMarker | undefined => {
  try {
    return SessionMarker.safeParse(JSON.parse(text)).data;
  } catch {
    // Written by another version or by hand: as good as signed out.
    return undefined;
  }
};

/** Refuses tokens in the body: a platform that did not set cookies must not look as if it had. */
export const markerOf = (signedIn: SignedIn, now = Date.now()): SessionMarker => {
  if (signedIn.token_type !== "cookie") {
    throw new Error("The platform answered with tokens where cookies were asked for. Update it, then sign in again.");
  }
  return { email: signedIn.user.email, expiresAt: now + signedIn.expires_in * 1000 };
};

export const needsRenewal = ({ expiresAt }: SessionMarker, now = Date.now()): boolean =>
  expiresAt - now <= renewBeforeMs;
