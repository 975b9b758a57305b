import type { AuditAction, AuditActorKind, AuditEvent } from "@llm-tuner/contract/audit.ts";
import { dollars } from "../../../ui/format.ts";
import type { Tone } from "../../../ui/status.tsx";

/** What happened, in words; the stable word of the log stands beside it wherever it matters. */
export const actionWords: Record<AuditAction, string> = {
  "account.registered": "Registered",
  "account.signed_in": "Signed in",
  "account.sign_in_failed": "Failed to sign in",
  "account.sign_in_refused": "Was refused to sign in",
  "account.signed_out": "Signed out",
  "account.token_reused": "Used a spent refresh token",
  "account.refreshed_in_grace": "Refreshed twice within the grace time",
  "account.reauthenticated": "Proved the password again",
  "account.reauthentication_failed": "Failed to prove the password",
  "account.profile_changed": "Changed the profile",
  "account.password_changed": "Changed the password",
  "account.password_reset_requested": "Asked for a new password",
  "account.password_reset": "Set a new password by link",
  "account.email_verified": "Verified the address",
  "account.email_change_requested": "Asked for another address",
  "account.email_changed": "Changed the address",
  "account.identity_linked": "Connected a provider",
  "account.external_sign_in_failed": "Failed to sign in by a provider",
  "account.exported": "Exported the account's data",
  "account.deletion_requested": "Asked to delete the account",
  "account.deleted": "Account deleted",
  "session.revoked": "Ended a session",
  "admin.first_admin_claimed": "Became the first administrator",
  "admin.user_invited": "Invited a person",
  "admin.user_changed": "Changed a person's role or tier",
  "admin.user_disabled": "Disabled an account",
  "admin.user_enabled": "Enabled an account",
  "admin.user_signed_out": "Signed a person out everywhere",
  "admin.tier_created": "Created a tier",
  "admin.tier_changed": "Changed a tier",
  "admin.tier_deleted": "Deleted a tier",
  "admin.provider_connection_created": "Connected a provider of models",
  "admin.provider_connection_changed": "Changed a connection to a provider",
  "admin.provider_connection_deleted": "Deleted a connection to a provider",
  "admin.offered_model_created": "Offered a model",
  "admin.offered_model_changed": "Changed a model on offer",
  "admin.offered_model_deleted": "Took a model off the offer",
  "admin.model_route_created": "Created a route",
  "admin.model_route_changed": "Changed a route",
  "admin.model_route_deleted": "Deleted a route",
  "admin.price_set": "Set a price",
  "admin.price_ended": "Ended a price",
  "admin.missing_prices_rated": "Billed requests that had no price",
  "admin.usage_adjusted": "Changed what a request costs",
  "admin.usage_exported": "Exported usage",
  "admin.signing_keys_rotated": "Rotated the signing keys",
  "admin.master_key_rotated": "Rotated the master key",
  "admin.audit_exported": "Exported the audit log",
  "api_key.created": "Created an API key",
  "api_key.changed": "Changed an API key",
  "api_key.rotated": "Rotated an API key",
  "api_key.revoked": "Revoked an API key",
  "client_token.created": "Made a client token",
  "access.refused": "Was refused access",
  "file.deleted": "Deleted a file",
  "document.deleted": "Deleted a document",
  "document_job.deleted": "Deleted a document job",
  "dataset.deleted": "Deleted a data set",
  "job.stopped": "Stopped a run",
  "model.deleted": "Deleted a model",
  "deployment.deleted": "Took a model down",
};

export const actorWords: Record<AuditActorKind, string> = {
  user: "User",
  admin: "Administrator",
  api_key: "API key",
  client_token: "Client token",
  anonymous: "Nobody signed in",
  system: "The platform",
};

/** Refusals and failures are what somebody who reads the log looks for first; then what cannot be taken back. */
export const actionTone = (action: AuditAction): Tone => {
  if (/failed|refused|reused/.test(action)) return "warning";
  if (/deleted|disabled|revoked|deletion/.test(action)) return "danger";
  return action.startsWith("admin.") ? "success" : "neutral";
};

type Detail = AuditEvent["details"][string];

const detailText = (name: string, value: Detail): string => {
  const words = (text: string): string => text.replaceAll("_", " ");
  if (typeof value === "number" && name.endsWith("_nano_usd")) {
    return `${words(name.replace(/_nano_usd$/, ""))}: ${dollars(value / 1e9)}`;
  }
  return `${words(name)}: ${Array.isArray(value) ? value.join(", ") : String(value)}`;
};

/** Details in one line: `role: admin · monthly spend: $50.00`. */
export const detailsText = (details: AuditEvent["details"]): string =>
  Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => detailText(name, value))
    .join(" · ");
