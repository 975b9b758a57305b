import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AuditEvent, exportAuditEvents, listAuditEvents, verifyAuditLog } from "@llm-tuner/contract/audit.ts";
import { stringify } from "csv-stringify";
import { type Route, route } from "../../platform/http/route.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { AuditUsecases } from "./audit.usecases.ts";
import type { AuditVerifier } from "./audit-verifier.ts";

interface RouteDependencies {
  audit: AuditUsecases;
  trail: AuditTrail;
  verify: AuditVerifier;
}

/** A line of the table: nested values side by side, details as JSON. */
const toRow = ({ actor, target, details, ...event }: AuditEvent) => ({
  ...event,
  actor_kind: actor.kind,
  actor_user_id: actor.user_id,
  actor_session_id: actor.session_id,
  actor_api_key_id: actor.api_key_id,
  target_kind: target?.kind,
  target_id: target?.id,
  details: JSON.stringify(details),
});

async function* lines(events: AsyncIterable<AuditEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

async function* rows(events: AsyncIterable<AuditEvent>) {
  for await (const event of events) yield toRow(event);
}

/** Cells that a spreadsheet would take for a formula are escaped: user agents are written by strangers. */
function asCsv(events: AsyncIterable<AuditEvent>): Readable {
  const table = stringify({ header: true, escape_formulas: true, bom: true });
  // A failure of either side ends the other, and with it the answer.
  pipeline(Readable.from(rows(events)), table).catch((error: unknown) =>
    table.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return table;
}

export const createAuditRoutes = ({ audit, trail, verify }: RouteDependencies): readonly Route[] => [
  route(listAuditEvents, async ({ query }) => {
    const { limit, cursor, ...filter } = query;
    return { status: 200, body: await audit.list(filter, { limit, cursor }) };
  }),
  route(exportAuditEvents, async ({ query }) => {
    const { format, ...filter } = query;
    const named = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    // Recorded before it begins: whoever breaks the export off has seen a part of it.
    await trail.note({ action: "admin.audit_exported", details: { format, filters: named } });
    const events = audit.all(filter);
    return {
      status: 200,
      headers: {
        "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
        "content-disposition": `attachment; filename="audit.${format}"`,
      },
      body: format === "csv" ? asCsv(events) : Readable.from(lines(events)),
    };
  }),
  route(verifyAuditLog, async () => ({ status: 200, body: await verify() })),
];
