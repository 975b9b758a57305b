import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import { signingAlgorithms } from "./signing-algorithms.ts";

export const PublicJwk = z.discriminatedUnion("kty", [
  z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
  z.object({ kty: z.literal("RSA"), n: z.string(), e: z.string() }),
]);
export type PublicJwk = z.infer<typeof PublicJwk>;

const signingKeyRow = z.object({
  kid: z.string(),
  algorithm: z.enum(signingAlgorithms),
  state: z.enum(["next", "signing", "verify_only"]),
  public_jwk: PublicJwk,
  private_key: z.instanceof(Uint8Array).nullable(),
  state_since: z.date(),
});
export type SigningKeyRow = z.infer<typeof signingKeyRow>;

interface NewSigningKey extends Pick<SigningKeyRow, "kid" | "algorithm"> {
  state: "next" | "signing";
  publicJwk: PublicJwk;
  privateKey: Uint8Array;
  at: Date;
}

/** Held until the transaction ends: processes that start together create and rotate keys one after the other. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('accounts.signing_keys', 0))");

const list = (queryable: Queryable): Promise<SigningKeyRow[]> =>
  queryable.rows(
    signingKeyRow,
    `select kid, algorithm, state, public_jwk, private_key, state_since from signing_keys
     where state <> 'gone' order by created_at, kid`,
  );

const insert = (transaction: Queryable, key: NewSigningKey): Promise<number> =>
  transaction.execute(
    `insert into signing_keys (kid, algorithm, state, public_jwk, private_key, state_since, created_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    [key.kid, key.algorithm, key.state, JSON.stringify(key.publicJwk), key.privateKey, key.at],
  );

/** `verify_only` and `gone` never sign again, so their private keys are erased. */
const changeState = (
  transaction: Queryable,
  { from, to, notAfter, at }: { from: string; to: string; notAfter?: Date; at: Date },
): Promise<number> =>
  transaction.execute(
    `update signing_keys set state = $2, state_since = $4,
       private_key = case when $2 in ('next', 'signing') then private_key end
     where state = $1 and ($3::timestamptz is null or state_since <= $3)`,
    [from, to, notAfter ?? null, at],
  );

export const signingKeysStore = { lock, list, insert, changeState };
export type SigningKeysStore = typeof signingKeysStore;
