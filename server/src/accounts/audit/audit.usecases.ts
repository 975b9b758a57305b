import type { AuditEvent } from "@llm-tuner/contract/audit.ts";
import { AuditEvent as AuditEventSchema } from "@llm-tuner/contract/audit.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AuditFilter, AuditRow, AuditStore } from "./audit.store.ts";
import type { HeadAnchors } from "./head-anchors.ts";

interface AuditDependencies {
  database: Database;
  store: AuditStore;
  anchors: HeadAnchors;
  clock: Clock;
  log: Log;
}

const Details = AuditEventSchema.shape.details;
const exportedAtOnce = 1000;

const toEvent = (row: AuditRow): AuditEvent => ({
  id: row.id,
  sequence: row.sequence,
  at: row.at.toISOString(),
  action: row.action,
  actor: {
    kind: row.actor_kind,
    user_id: row.actor_user_id,
    session_id: row.actor_session_id,
    api_key_id: row.actor_api_key_id,
  },
  target: row.target_kind === null || row.target_id === null ? null : { kind: row.target_kind, id: row.target_id },
  address: row.address,
  user_agent: row.user_agent,
  request_id: row.request_id,
  details: Details.parse(JSON.parse(row.details)),
  hash: Buffer.from(row.hash).toString("hex"),
});

export function createAuditUsecases({ database, store, anchors, clock, log }: AuditDependencies) {
  let anchoredSequence = 0;

  return {
    async list(filter: AuditFilter, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
      const position = parseCursor(cursor);
      const before = position === null ? null : Number(position.id);
      const found = await store.listBefore(database, { filter, before, limit: limit + 1 });
      const page = pageOf(found, { limit, position: (row) => ({ createdAt: row.at, id: String(row.sequence) }) });
      return { events: page.rows.map(toEvent), next_cursor: page.nextCursor };
    },

    /** Oldest first, read in portions: the log may be long. */
    async *all(filter: AuditFilter): AsyncGenerator<AuditEvent> {
      let after = 0;
      for (;;) {
        const rows = await store.listAfter(database, { filter, after, limit: exportedAtOnce });
        yield* rows.map(toEvent);
        const last = rows.at(-1);
        if (last === undefined || rows.length < exportedAtOnce) return;
        after = last.sequence;
      }
    },

    /** Writes the head of the chain where the database's owner does not reach: into a file, and into the log. */
    async anchorHead(): Promise<void> {
      const head = await store.head(database);
      if (head === undefined || head.sequence === anchoredSequence) return;
      await anchors.keep(head, clock.now());
      anchoredSequence = head.sequence;
      log.info({ sequence: head.sequence, hash: Buffer.from(head.hash).toString("hex") }, "head of the audit log");
    },
  };
}
export type AuditUsecases = ReturnType<typeof createAuditUsecases>;
