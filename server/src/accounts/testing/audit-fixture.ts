import type { Database } from "../../platform/database/database.ts";
import { systemClock } from "../../platform/time/clock.ts";
import { auditStore } from "../audit/audit.store.ts";
import { createAuditTrail } from "../audit/audit-trail.ts";

/** The real audit log on a test's database, with a way to read what stands in it. */
export function createAuditFixture(database: Database) {
  const audit = createAuditTrail({ database, store: auditStore, clock: systemClock });
  return {
    audit,
    /** Action and target of every entry, oldest first. */
    entries: async () =>
      (await auditStore.listAfter(database, { filter: {}, after: 0, limit: 1000 })).map(
        ({ action, target_id }) => `${action} ${target_id ?? ""}`,
      ),
  };
}
