import { randomBytes } from "node:crypto";
import type { Database, Queryable } from "../database/database.ts";
import type { Clock } from "../time/clock.ts";
import type { EncryptedColumn } from "./encrypted-column.ts";
import type { Envelope } from "./envelope.ts";
import { installationSecretsStore as store } from "./installation-secrets.store.ts";

/** 32 random bytes of this installation for one purpose; the same in every process and under every master key. */
export type SecretOf<Purpose extends string> = (purpose: Purpose) => Uint8Array;

interface LoadInstallationSecrets<Purpose extends string> {
  database: Database;
  envelope: Envelope;
  purposes: readonly Purpose[];
  /** What was used for a purpose before secrets were stored. */
  formerly: (purpose: string) => Uint8Array;
  clock: Clock;
}

const secretBytes = 32;

export const installationSecretsColumn: EncryptedColumn = {
  table: "installation_secrets",
  key: "purpose",
  column: "secret",
};

const placeOf = (purpose: string) => ({ table: "installation_secrets", row: purpose, column: "secret" });

/** Reads the secrets of all purposes, after making those that are missing. Throws `DecryptionError`. */
export async function loadInstallationSecrets<Purpose extends string>(
  options: LoadInstallationSecrets<Purpose>,
): Promise<SecretOf<Purpose>> {
  const { database, envelope, purposes, formerly, clock } = options;

  async function read(queryable: Queryable): Promise<Map<string, Uint8Array>> {
    const secrets = new Map<string, Uint8Array>();
    for (const { purpose, secret } of await store.list(queryable)) {
      if (secret !== null) secrets.set(purpose, envelope.decrypt(secret, placeOf(purpose)));
    }
    return secrets;
  }

  const createMissing = (): Promise<Map<string, Uint8Array>> =>
    database.transaction(async (transaction) => {
      await store.lock(transaction);
      const stored = new Map((await store.list(transaction)).map(({ purpose, secret }) => [purpose, secret]));
      for (const purpose of purposes.filter((wanted) => !stored.get(wanted))) {
        const secret = stored.has(purpose) ? formerly(purpose) : randomBytes(secretBytes);
        const encrypted = envelope.encrypt(secret, placeOf(purpose));
        await store.keep(transaction, { purpose, secret: encrypted, at: clock.now() });
      }
      return read(transaction);
    });

  const found = await read(database);
  const secrets = purposes.every((purpose) => found.has(purpose)) ? found : await createMissing();
  return (purpose) => {
    const secret = secrets.get(purpose);
    if (secret === undefined) throw new Error(`No installation secret was loaded for ${purpose}.`);
    return secret;
  };
}
