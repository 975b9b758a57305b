import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { ChainedEntry } from "./audit-chain.ts";

const headRow = z.object({ sequence: z.coerce.number(), hash: z.instanceof(Uint8Array) });
export type AuditHead = z.infer<typeof headRow>;

/** Held until the transaction ends, so that entries follow each other without gap or fork. */
const lockChain = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('accounts.audit_events', 0))");

const head = (queryable: Queryable): Promise<AuditHead | undefined> =>
  queryable.row(headRow, "select sequence, hash from audit_events order by sequence desc limit 1");

const append = (transaction: Queryable, entry: ChainedEntry & { hash: Uint8Array }): Promise<number> =>
  transaction.execute(
    `insert into audit_events (sequence, id, at, action, actor_kind, actor_user_id, actor_session_id, actor_api_key_id,
       target_kind, target_id, address, user_agent, request_id, details, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      entry.sequence,
      entry.id,
      entry.at,
      entry.action,
      entry.actor_kind,
      entry.actor_user_id,
      entry.actor_session_id,
      entry.actor_api_key_id,
      entry.target_kind,
      entry.target_id,
      entry.address,
      entry.user_agent,
      entry.request_id,
      entry.details,
      entry.hash,
    ],
  );

export const auditStore = { lockChain, head, append };
export type AuditStore = typeof auditStore;
