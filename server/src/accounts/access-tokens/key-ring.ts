import type { CryptoKey } from "jose";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { accessTokensUnavailable } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { SigningAlgorithm } from "./signing-algorithms.ts";
import { importPublicKey, makeSigningKey, openPrivateKey, publishedKey } from "./signing-keys.ts";
import type { SigningKeyRow, SigningKeysStore } from "./signing-keys.store.ts";

interface RingKey {
  key: CryptoKey;
  algorithm: SigningAlgorithm;
}

/** The keys of one moment. */
export interface KeyRing {
  signing: RingKey & { kid: string };
  /** Every published key, the next and the former ones included. */
  verifying: ReadonlyMap<string, RingKey>;
  jwks: { keys: Record<string, unknown>[] };
}

export interface KeyRingSource {
  /** Reads the ring; creates the first keys where there are none, and at its first call follows the chosen algorithm. */
  load: () => Promise<KeyRing>;
  /** Puts the next key into use and adds another one. */
  rotate: () => Promise<SigningKeyRow[]>;
  list: () => Promise<SigningKeyRow[]>;
  /** The same once the present key is old enough; drops keys whose last token has expired. */
  rotateWhenDue: () => Promise<void>;
}

export interface KeyRingDependencies {
  database: Database;
  store: SigningKeysStore;
  envelope: Envelope;
  audit: Pick<AuditTrail, "record">;
  clock: Clock;
  /** Age at which a signing key is replaced. */
  signingKeyDays: number;
  accessTokenAlgorithm: SigningAlgorithm;
}

type Reason = "age" | "command" | "algorithm";

const dayMs = 86_400_000;
/** Longer than any access token may live (one day), so that a retired key outlives all that it signed. */
const verifyOnlyDays = 2;

export function createKeyRingSource(dependencies: KeyRingDependencies): KeyRingSource {
  const { database, store, envelope, audit, clock, signingKeyDays, accessTokenAlgorithm } = dependencies;

  async function addKey(transaction: Queryable, state: "next" | "signing"): Promise<void> {
    const key = await makeSigningKey(accessTokenAlgorithm, envelope);
    await store.insert(transaction, { ...key, state, at: clock.now() });
  }

  async function replaceSigningKey(transaction: Queryable, reason: Reason): Promise<void> {
    const at = clock.now();
    await store.changeState(transaction, { from: "signing", to: "verify_only", at });
    await store.changeState(transaction, { from: "next", to: "signing", at });
    await addKey(transaction, "next");
    const signing = (await store.list(transaction)).find(({ state }) => state === "signing");
    const details = { reason, kid: signing?.kid ?? "", algorithm: signing?.algorithm ?? "" };
    await audit.record(transaction, { action: "admin.signing_keys_rotated", details });
  }

  const locked = <Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> =>
    database.transaction(async (transaction) => {
      await store.lock(transaction);
      return work(transaction);
    });

  /** Two processes that start on an empty database both come here; the second finds the first one's keys. */
  const createFirstKeys = (): Promise<SigningKeyRow[]> =>
    locked(async (transaction) => {
      const states = new Set((await store.list(transaction)).map(({ state }) => state));
      if (!states.has("signing")) await addKey(transaction, "signing");
      if (!states.has("next")) await addKey(transaction, "next");
      return store.list(transaction);
    });

  /** After a change of the setting: tokens of the former key stay valid, as after every rotation. */
  const followAlgorithm = (): Promise<SigningKeyRow[]> =>
    locked(async (transaction) => {
      const rows = await store.list(transaction);
      const hasOther = (state: string) =>
        rows.some((row) => row.state === state && row.algorithm !== accessTokenAlgorithm);
      if (hasOther("next")) {
        await store.changeState(transaction, { from: "next", to: "gone", at: clock.now() });
        await addKey(transaction, "next");
      }
      if (hasOther("signing")) await replaceSigningKey(transaction, "algorithm");
      return store.list(transaction);
    });

  // Only once: while two processes with different settings run, each would otherwise undo what the other did.
  let followsAlgorithm = false;
  async function readRows(): Promise<SigningKeyRow[]> {
    const found = await store.list(database);
    const rows = found.some(({ state }) => state === "signing") ? found : await createFirstKeys();
    if (followsAlgorithm) return rows;
    const isOther = rows.some(({ state, algorithm }) => state !== "verify_only" && algorithm !== accessTokenAlgorithm);
    const followed = isOther ? await followAlgorithm() : rows;
    followsAlgorithm = true;
    return followed;
  }

  return {
    async load() {
      const rows = await readRows();
      const signing = rows.find(({ state }) => state === "signing");
      if (signing === undefined) throw accessTokensUnavailable("there is no key to sign with");
      const verifying = await Promise.all(
        rows.map(async (row) => [row.kid, { key: await importPublicKey(row), algorithm: row.algorithm }] as const),
      );
      const { kid, algorithm } = signing;
      return {
        signing: { kid, algorithm, key: await openPrivateKey(signing, envelope) },
        verifying: new Map(verifying),
        jwks: { keys: rows.map(publishedKey) },
      };
    },

    list: () => store.list(database),

    rotate: () =>
      locked(async (transaction) => {
        await replaceSigningKey(transaction, "command");
        return store.list(transaction);
      }),

    rotateWhenDue: () =>
      locked(async (transaction) => {
        const at = clock.now();
        const before = (days: number) => new Date(at.getTime() - days * dayMs);
        await store.changeState(transaction, { from: "verify_only", to: "gone", notAfter: before(verifyOnlyDays), at });
        const signing = (await store.list(transaction)).find(({ state }) => state === "signing");
        if (signing === undefined || signing.state_since > before(signingKeyDays)) return;
        await replaceSigningKey(transaction, "age");
      }),
  };
}
