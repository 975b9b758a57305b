import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { AuditEventId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/**
 * Everything that leaves an entry in the audit log: security events, administrative acts, and whatever destroys
 * something. The words are stable: programs filter by them.
 */
export const auditActions = [
  "account.registered",
  "account.signed_in",
  "account.sign_in_failed",
  "account.sign_in_refused",
  "account.signed_out",
  "account.token_reused",
  "account.refreshed_in_grace",
  "account.reauthenticated",
  "account.reauthentication_failed",
  "account.profile_changed",
  "account.password_changed",
  "account.password_reset_requested",
  "account.password_reset",
  "account.email_verified",
  "account.email_change_requested",
  "account.email_changed",
  "account.identity_linked",
  "account.external_sign_in_failed",
  "account.exported",
  "account.deletion_requested",
  "account.deleted",
  "session.revoked",
  "admin.first_admin_claimed",
  "admin.user_invited",
  "admin.user_changed",
  "admin.user_disabled",
  "admin.user_enabled",
  "admin.user_signed_out",
  "admin.tier_created",
  "admin.tier_changed",
  "admin.tier_deleted",
  "admin.provider_connection_created",
  "admin.provider_connection_changed",
  "admin.provider_connection_deleted",
  "admin.offered_model_created",
  "admin.offered_model_changed",
  "admin.offered_model_deleted",
  "admin.model_route_created",
  "admin.model_route_changed",
  "admin.model_route_deleted",
  "admin.price_set",
  "admin.price_ended",
  "admin.missing_prices_rated",
  "admin.usage_adjusted",
  "admin.usage_exported",
  "admin.signing_keys_rotated",
  "admin.master_key_rotated",
  "admin.audit_exported",
  "api_key.created",
  "api_key.changed",
  "api_key.rotated",
  "api_key.revoked",
  "client_token.created",
  "access.refused",
  "file.deleted",
  "document.deleted",
  "document_job.deleted",
  "dataset.deleted",
  "job.stopped",
  "model.deleted",
  "deployment.deleted",
] as const;
export const AuditAction = z.enum(auditActions);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditActorKind = z.enum(["user", "admin", "api_key", "client_token", "anonymous", "system"]);
export type AuditActorKind = z.infer<typeof AuditActorKind>;

/** One line of the log. Hashes are hexadecimal SHA-256; each covers the entry and the hash before it. */
export const AuditEvent = z
  .strictObject({
    id: AuditEventId,
    sequence: z.int(),
    at: Timestamp,
    action: AuditAction,
    actor: z.strictObject({
      kind: AuditActorKind,
      user_id: z.string().nullable(),
      session_id: z.string().nullable(),
      api_key_id: z.string().nullable(),
    }),
    target: z.strictObject({ kind: z.string(), id: z.string() }).nullable(),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
    hash: z.string(),
  })
  .meta({ id: "AuditEvent" });
export type AuditEvent = z.infer<typeof AuditEvent>;

const filters = {
  action: AuditAction.optional(),
  actor: z.string().max(60).optional().meta({ description: "Id of a user or API key." }),
  target: z.string().max(100).optional().meta({ description: "Id of whatever was acted on." }),
  from: Timestamp.optional(),
  to: Timestamp.optional(),
};

const common = {
  tag: "Administration",
  dialect: "platform",
  access: "admin",
  method: "GET",
  rateClass: "read",
} as const;

export const listAuditEvents = defineEndpoint({
  ...common,
  id: "listAuditEvents",
  summary: "The audit log, newest first",
  path: "/api/admin/audit",
  query: z.strictObject({ ...PageQuery.shape, ...filters }),
  responses: {
    200: {
      description: "A page of entries",
      schema: z.strictObject({ events: z.array(AuditEvent), next_cursor: NextCursor }).meta({ id: "AuditEventList" }),
    },
  },
});

export const exportAuditEvents = defineEndpoint({
  ...common,
  id: "exportAuditEvents",
  summary: "All entries that the filters leave, oldest first, as a file",
  path: "/api/admin/audit/export",
  rateClass: "upload",
  query: z.strictObject({ ...filters, format: z.enum(["jsonl", "csv"]).default("jsonl") }),
  responses: { 200: { description: "The entries, one a line", contentType: "application/octet-stream" } },
});

export const verifyAuditLog = defineEndpoint({
  ...common,
  id: "verifyAuditLog",
  summary: "Walk the whole chain and compare it with the heads that were written outside the database",
  path: "/api/admin/audit/verify",
  rateClass: "upload",
  responses: {
    200: {
      description: "What the walk found",
      schema: z
        .strictObject({
          intact: z.boolean(),
          checked: z.int(),
          head: z.strictObject({ sequence: z.int(), hash: z.string() }).nullable(),
          faults: z
            .array(
              z.strictObject({ sequence: z.int(), fault: z.enum(["altered", "missing", "rewritten", "truncated"]) }),
            )
            .max(100),
        })
        .meta({ id: "AuditVerification" }),
    },
  },
});
