import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const transactionRow = z.object({
  id: z.string(),
  secrets: z.instanceof(Uint8Array),
  mode: z.enum(["popup", "redirect"]),
  return_to: z.string(),
  redirect_uri: z.string(),
});
export type SignInTransactionRow = z.infer<typeof transactionRow>;

interface NewTransaction {
  id: string;
  stateHash: Uint8Array;
  browserHash: Uint8Array;
  secrets: Uint8Array;
  mode: "popup" | "redirect";
  returnTo: string;
  redirectUri: string;
  network: string;
  createdAt: Date;
  expiresAt: Date;
}

const insert = (queryable: Queryable, transaction: NewTransaction): Promise<number> =>
  queryable.execute(
    `insert into oidc_transactions
       (id, state_hash, browser_hash, secrets, mode, return_to, redirect_uri, network, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      transaction.id,
      transaction.stateHash,
      transaction.browserHash,
      transaction.secrets,
      transaction.mode,
      transaction.returnTo,
      transaction.redirectUri,
      transaction.network,
      transaction.createdAt,
      transaction.expiresAt,
    ],
  );

/** Uses a transaction up, in one statement, so that of any number of callbacks one gets it. */
const take = (
  queryable: Queryable,
  { stateHash, browserHash, at }: { stateHash: Uint8Array; browserHash: Uint8Array; at: Date },
): Promise<SignInTransactionRow | undefined> =>
  queryable.row(
    transactionRow,
    `update oidc_transactions set used_at = $3
     where state_hash = $1 and browser_hash = $2 and used_at is null and expires_at > $3
     returning id, secrets, mode, return_to, redirect_uri`,
    [stateHash, browserHash, at],
  );

/** Drops the oldest open transactions of a network beyond the `keep` newest. */
const dropBeyond = (queryable: Queryable, { network, keep }: { network: string; keep: number }): Promise<number> =>
  queryable.execute(
    `delete from oidc_transactions where id in (
       select id from oidc_transactions where network = $1 and used_at is null
       order by created_at desc, id offset $2
     )`,
    [network, keep],
  );

/** Whether there are more than `limit` transactions; counts no further than that. */
const areMoreThan = async (queryable: Queryable, limit: number): Promise<boolean> =>
  (await queryable.row(z.object({ id: z.string() }), "select id from oidc_transactions offset $1 limit 1", [limit])) !==
  undefined;

const deleteEnded = (queryable: Queryable, now: Date): Promise<number> =>
  queryable.execute("delete from oidc_transactions where expires_at <= $1", [now]);

export const signInTransactionsStore = { insert, take, dropBeyond, areMoreThan, deleteEnded };
export type SignInTransactionsStore = typeof signInTransactionsStore;
