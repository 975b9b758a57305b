import { z } from "zod";
import type { Queryable } from "../database/database.ts";

const secretRow = z.object({ purpose: z.string(), secret: z.instanceof(Uint8Array).nullable() });
export type SecretRow = z.infer<typeof secretRow>;

/** Held until the transaction ends: of processes that start together one creates the secrets. */
const lock = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('platform.installation_secrets', 0))");

const list = (queryable: Queryable): Promise<SecretRow[]> =>
  queryable.rows(secretRow, "select purpose, secret from installation_secrets order by purpose");

/** Never replaces a secret: whatever depends on it would be lost. */
const keep = (transaction: Queryable, { purpose, secret, at }: { purpose: string; secret: Uint8Array; at: Date }) =>
  transaction.execute(
    `insert into installation_secrets (purpose, secret, created_at) values ($1, $2, $3)
     on conflict (purpose) do update set secret = excluded.secret where installation_secrets.secret is null`,
    [purpose, secret, at],
  );

export const installationSecretsStore = { lock, list, keep };
