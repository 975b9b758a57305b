import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { accessTokensUnavailable } from "../accounts.errors.ts";
import type { PublicJwk, SigningKeyRow, SigningKeysStore } from "./signing-keys.store.ts";

export const signingAlgorithm = "EdDSA";

/** The keys of one moment. */
export interface KeyRing {
  signing: { kid: string; key: CryptoKey };
  /** Every published key, the next and the former ones included. */
  verifying: ReadonlyMap<string, CryptoKey>;
  jwks: { keys: Record<string, unknown>[] };
}

export interface KeyRingSource {
  /** Reads the ring; creates the first keys where there are none. */
  load: () => Promise<KeyRing>;
  /** Puts the next key into use once the present one is old enough, and drops keys whose last token has expired. */
  rotateWhenDue: () => Promise<void>;
}

interface KeyRingDependencies {
  database: Database;
  store: SigningKeysStore;
  envelope: Envelope;
  clock: Clock;
  /** Age at which a signing key is replaced. */
  signingKeyDays: number;
}

const dayMs = 86_400_000;
/** Longer than any access token may live (one day), so that a retired key outlives all that it signed. */
const verifyOnlyDays = 2;

const publicParts = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });
const privateParts = publicParts.extend({ d: z.string() });

const placeOf = (kid: string) => ({ table: "signing_keys", row: kid, column: "private_key" });

async function importKey(jwk: PublicJwk): Promise<CryptoKey> {
  const key = await importJWK(jwk, signingAlgorithm);
  if (key instanceof Uint8Array) throw accessTokensUnavailable("a stored key is not an asymmetric key");
  return key;
}

const published = ({ kid, public_jwk }: SigningKeyRow) => ({ ...public_jwk, kid, alg: signingAlgorithm, use: "sig" });

export function createKeyRingSource(dependencies: KeyRingDependencies): KeyRingSource {
  const { database, store, envelope, clock, signingKeyDays } = dependencies;

  async function addKey(transaction: Queryable, state: "next" | "signing"): Promise<void> {
    const { privateKey } = await generateKeyPair(signingAlgorithm, { crv: "Ed25519", extractable: true });
    const jwk = privateParts.parse(await exportJWK(privateKey));
    const publicJwk = publicParts.parse(jwk);
    const kid = await calculateJwkThumbprint(publicJwk);
    const encrypted = envelope.encrypt(Buffer.from(JSON.stringify(jwk)), placeOf(kid));
    await store.insert(transaction, { kid, state, publicJwk, privateKey: encrypted, at: clock.now() });
  }

  /** Two processes that start on an empty database both come here; the second finds the first one's keys. */
  const createFirstKeys = (): Promise<SigningKeyRow[]> =>
    database.transaction(async (transaction) => {
      await store.lock(transaction);
      const states = new Set((await store.list(transaction)).map(({ state }) => state));
      if (!states.has("signing")) await addKey(transaction, "signing");
      if (!states.has("next")) await addKey(transaction, "next");
      return store.list(transaction);
    });

  async function signingKeyOf(rows: readonly SigningKeyRow[]): Promise<KeyRing["signing"]> {
    const row = rows.find(({ state }) => state === "signing");
    if (!row?.private_key) throw accessTokensUnavailable("there is no key to sign with");
    const decrypted = envelope.decrypt(row.private_key, placeOf(row.kid));
    const jwk = privateParts.parse(JSON.parse(Buffer.from(decrypted).toString("utf8")));
    return { kid: row.kid, key: await importKey(jwk) };
  }

  return {
    async load() {
      const found = await store.list(database);
      const rows = found.some(({ state }) => state === "signing") ? found : await createFirstKeys();
      const verifying = await Promise.all(rows.map(async (row) => [row.kid, await importKey(row.public_jwk)] as const));
      return {
        signing: await signingKeyOf(rows),
        verifying: new Map(verifying),
        jwks: { keys: rows.map(published) },
      };
    },

    rotateWhenDue: () =>
      database.transaction(async (transaction) => {
        await store.lock(transaction);
        const at = clock.now();
        const before = (days: number) => new Date(at.getTime() - days * dayMs);
        await store.changeState(transaction, { from: "verify_only", to: "gone", notAfter: before(verifyOnlyDays), at });
        const retired = await store.changeState(transaction, {
          from: "signing",
          to: "verify_only",
          notAfter: before(signingKeyDays),
          at,
        });
        if (retired === 0) return;
        await store.changeState(transaction, { from: "next", to: "signing", notAfter: at, at });
        await addKey(transaction, "next");
      }),
  };
}
