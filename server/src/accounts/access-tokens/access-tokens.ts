import { randomUUID } from "node:crypto";
import { SessionId, UserId } from "@llm-tuner/contract/ids.ts";
import { errors, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../platform/time/clock.ts";
import { accessTokenExpired, invalidAccessToken } from "../accounts.errors.ts";
import type { KeyRing } from "./key-ring.ts";
import { signingAlgorithms } from "./signing-algorithms.ts";

/** What a valid token says. Whether it still holds is for the access state to say. */
export interface AccessTokenClaims {
  userId: string;
  sessionId: string;
  expiresAtMs: number;
}

export interface AccessTokens {
  issue(claims: AccessTokenClaims): Promise<string>;
  /** Checks signature, claims and expiry; throws a 401. A token seen before costs no second signature check. */
  verify(token: string): Promise<AccessTokenClaims>;
  /** After a change of the keys nothing that an earlier key vouched for is remembered. */
  forgetVerified(): void;
}

interface AccessTokensOptions {
  issuer: string;
  audience: string;
  clock: Clock;
  keyRing: () => KeyRing;
  /** Reads the ring anew: another process may have put a key into use that this one has not heard of. */
  readKeysAnew: () => Promise<void>;
}

const tokenType = "at+jwt";
const rememberedTokens = 5000;
/** Ours are about 400 characters (700 with RS256); nothing longer is worth the work. */
const maxTokenLength = 2000;
/** SHA-256 thumbprint of the public key. */
const keyIdForm = /^[\w-]{43}$/;

const Payload = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: UserId,
  sid: SessionId,
  type: z.literal("access"),
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
});

export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { issuer, audience, clock, keyRing, readKeysAnew } = options;
  const verified = new LRUCache<string, AccessTokenClaims>({ max: rememberedTokens });

  /** The key comes from our own set only: never from the token, never from a place that it names. */
  async function findKey(kid: string | undefined) {
    if (kid === undefined || !keyIdForm.test(kid)) return undefined;
    if (!keyRing().verifying.has(kid)) await readKeysAnew();
    return keyRing().verifying.get(kid);
  }

  async function verifySignature(token: string): Promise<AccessTokenClaims> {
    const { payload } = await jwtVerify(
      token,
      async ({ kid, alg }) => {
        const found = await findKey(kid);
        // A key verifies with its own algorithm, whatever the token names.
        if (found === undefined || found.algorithm !== alg) throw new errors.JWKSNoMatchingKey();
        return found.key;
      },
      { algorithms: [...signingAlgorithms], typ: tokenType, issuer, audience, currentDate: clock.now() },
    );
    const { sub, sid, exp } = Payload.parse(payload);
    return { userId: sub, sessionId: sid, expiresAtMs: exp * 1000 };
  }

  return {
    issue({ userId, sessionId, expiresAtMs }) {
      const { kid, key, algorithm } = keyRing().signing;
      return new SignJWT({ sid: sessionId, type: "access" })
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(Math.floor(clock.now().getTime() / 1000))
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .setJti(randomUUID())
        .sign(key);
    },

    async verify(token) {
      const known = verified.get(token);
      if (known) {
        if (clock.now().getTime() >= known.expiresAtMs) throw accessTokenExpired();
        return known;
      }
      if (token.length > maxTokenLength) throw invalidAccessToken();
      try {
        const claims = await verifySignature(token);
        verified.set(token, claims);
        return claims;
      } catch (error) {
        throw error instanceof errors.JWTExpired ? accessTokenExpired() : invalidAccessToken(error);
      }
    },

    forgetVerified: () => verified.clear(),
  };
}
