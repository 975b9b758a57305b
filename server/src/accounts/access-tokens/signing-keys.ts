import type { rotateSigningKeys } from "@llm-tuner/contract/admin.ts";
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import { accessTokensUnavailable } from "../accounts.errors.ts";
import type { SigningAlgorithm } from "./signing-algorithms.ts";
import { PublicJwk, type SigningKeyRow } from "./signing-keys.store.ts";

const rsaBits = 2048;

const privatePrimes = { p: z.string(), q: z.string(), dp: z.string(), dq: z.string(), qi: z.string() };
const PrivateJwk = z.discriminatedUnion("kty", [
  z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() }),
  z.object({ kty: z.literal("RSA"), n: z.string(), e: z.string(), d: z.string(), ...privatePrimes }),
]);

const placeOf = (kid: string) => ({ table: "signing_keys", row: kid, column: "private_key" });

async function imported(jwk: PublicJwk | z.infer<typeof PrivateJwk>, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw accessTokensUnavailable("a stored key is not an asymmetric key");
  return key;
}

/** A new pair, named by the thumbprint of its public half, the private half encrypted for its row. */
export async function makeSigningKey(algorithm: SigningAlgorithm, envelope: Envelope) {
  const { privateKey } = await generateKeyPair(algorithm, {
    ...(algorithm === "EdDSA" ? { crv: "Ed25519" } : { modulusLength: rsaBits }),
    extractable: true,
  });
  const jwk = PrivateJwk.parse(await exportJWK(privateKey));
  // The schema of the public half leaves out whatever is private.
  const publicJwk = PublicJwk.parse(jwk);
  const kid = await calculateJwkThumbprint(publicJwk);
  return { kid, algorithm, publicJwk, privateKey: envelope.encrypt(Buffer.from(JSON.stringify(jwk)), placeOf(kid)) };
}

export const importPublicKey = ({ public_jwk, algorithm }: SigningKeyRow): Promise<CryptoKey> =>
  imported(public_jwk, algorithm);

export async function openPrivateKey(row: SigningKeyRow, envelope: Envelope): Promise<CryptoKey> {
  if (row.private_key === null) throw accessTokensUnavailable("the key to sign with has no private half");
  const decrypted = envelope.decrypt(row.private_key, placeOf(row.kid));
  return imported(PrivateJwk.parse(JSON.parse(Buffer.from(decrypted).toString("utf8"))), row.algorithm);
}

export type SigningKeyView = z.infer<(typeof rotateSigningKeys)["responses"][200]["schema"]>["keys"][number];

/** As administrators see it. */
export const viewOf = ({ kid, algorithm, state, state_since }: SigningKeyRow): SigningKeyView => ({
  kid,
  algorithm,
  state,
  since: state_since.toISOString(),
});

/** As it stands in the public key set. */
export const publishedKey = ({ kid, algorithm, public_jwk }: SigningKeyRow): Record<string, unknown> => ({
  ...public_jwk,
  kid,
  alg: algorithm,
  use: "sig",
});
