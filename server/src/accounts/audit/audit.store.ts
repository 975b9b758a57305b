import { AuditAction, AuditActorKind } from "@llm-tuner/contract/audit.ts";
import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { ChainedEntry } from "./audit-chain.ts";

const headRow = z.object({ sequence: z.coerce.number(), hash: z.instanceof(Uint8Array) });
export type AuditHead = z.infer<typeof headRow>;

const entryRow = z.object({
  sequence: z.coerce.number(),
  id: z.string(),
  at: z.date(),
  action: AuditAction,
  actor_kind: AuditActorKind,
  actor_user_id: z.string().nullable(),
  actor_session_id: z.string().nullable(),
  actor_api_key_id: z.string().nullable(),
  target_kind: z.string().nullable(),
  target_id: z.string().nullable(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  details: z.string(),
  hash: z.instanceof(Uint8Array),
});
export type AuditRow = z.infer<typeof entryRow>;

/** As the verifier reads an entry: whatever somebody wrote into it must reach the comparison of the hashes. */
const rawRow = entryRow.extend({ action: z.string(), actor_kind: z.string() });
export type RawAuditRow = z.infer<typeof rawRow>;

const columnNames = Object.keys(entryRow.shape);
const columns = columnNames.join(", ");
const placeholders = columnNames.map((_, index) => `$${index + 1}`).join(", ");

/** What an entry must be to be listed; undefined asks for nothing. */
export interface AuditFilter {
  action?: AuditAction | undefined;
  /** Id of a user or API key. */
  actor?: string | undefined;
  target?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** Held until the transaction ends, so that entries follow each other without gap or fork. */
const lockChain = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock(hashtextextended('accounts.audit_events', 0))");

const head = (queryable: Queryable): Promise<AuditHead | undefined> =>
  queryable.row(headRow, "select sequence, hash from audit_events order by sequence desc limit 1");

const append = (transaction: Queryable, entry: ChainedEntry & { hash: Uint8Array }): Promise<number> =>
  transaction.execute(
    `insert into audit_events (${columns}) values (${placeholders})`,
    Object.keys(entryRow.shape).map((name) => new Map<string, unknown>(Object.entries(entry)).get(name)),
  );

const matches = `($1::text is null or action = $1) and ($2::text is null or actor_user_id = $2 or actor_api_key_id = $2)
  and ($3::text is null or target_id = $3) and ($4::timestamptz is null or at >= $4)
  and ($5::timestamptz is null or at < $5)`;

const valuesOf = ({ action, actor, target, from, to }: AuditFilter) => [
  action ?? null,
  actor ?? null,
  target ?? null,
  from ?? null,
  to ?? null,
];

/** Newest first, those before a sequence number. */
const listBefore = (
  queryable: Queryable,
  { filter, before, limit }: { filter: AuditFilter; before: number | null; limit: number },
): Promise<AuditRow[]> =>
  queryable.rows(
    entryRow,
    `select ${columns} from audit_events where ${matches} and ($6::bigint is null or sequence < $6)
     order by sequence desc limit $7`,
    [...valuesOf(filter), before, limit],
  );

/** Oldest first, those after a sequence number. */
const listAfter = (
  queryable: Queryable,
  { filter, after, limit }: { filter: AuditFilter; after: number; limit: number },
): Promise<AuditRow[]> =>
  queryable.rows(
    entryRow,
    `select ${columns} from audit_events where ${matches} and sequence > $6 order by sequence limit $7`,
    [...valuesOf(filter), after, limit],
  );

/** Oldest first and as they stand, for the verifier. */
const readRaw = (
  queryable: Queryable,
  { after, until, limit }: { after: number; until: number; limit: number },
): Promise<RawAuditRow[]> =>
  queryable.rows(
    rawRow,
    `select ${columns} from audit_events where sequence > $1 and sequence <= $2 order by sequence limit $3`,
    [after, until, limit],
  );

export const auditStore = { lockChain, head, append, listBefore, listAfter, readRaw };
export type AuditStore = typeof auditStore;
