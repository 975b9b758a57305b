import type { AdminUser, inviteUser, updateUser } from "@llm-tuner/contract/admin.ts";
import type { z } from "zod";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AuditedEvent, AuditTrail } from "../audit/audit-trail.ts";
import type { AccountMails } from "../mailed-links/account-mails.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import { toUser } from "../user-view.ts";
import { addressTaken, cannotDisableYourself, lastAdmin, unknownTier, userNotFound } from "./admin.errors.ts";
import type { AdminStore, AdminUserRow, UserFilter } from "./admin.store.ts";

type Invitation = z.output<typeof inviteUser.body>;
type UserChange = z.output<typeof updateUser.body>;

interface AdminDependencies {
  database: Database;
  store: AdminStore;
  /** Of administrators who can sign in, without this person; locks their rows until the transaction ends. */
  countOtherAdmins: (transaction: Queryable, userId: string) => Promise<number>;
  /** Tiers belong to another domain. */
  tierExists: (name: string) => Promise<boolean>;
  mails: Pick<AccountMails, "inviteByMail">;
  endAllSessions: EndSessions["endAllSessions"];
  markSessionsEnded: EndSessions["markSessionsEnded"];
  /** This process judges access tokens by what the database says now, without waiting for the notice. */
  accessChanged: () => void;
  audit: AuditTrail;
  clock: Clock;
}

const toAdminUser = (row: AdminUserRow): AdminUser => ({
  ...toUser(row),
  open_sessions: row.open_sessions,
  disabled_at: row.disabled_at?.toISOString() ?? null,
  has_password: row.has_password,
});

/** What the audit log says of a change: each field before and after. */
function eventsOf(before: AdminUserRow, after: AdminUserRow): AuditedEvent[] {
  const target = { kind: "user", id: after.id };
  const details: Record<string, string> = {};
  for (const field of ["role", "tier"] as const) {
    if (before[field] === after[field]) continue;
    details[`${field}_before`] = before[field];
    details[`${field}_after`] = after[field];
  }
  const events: AuditedEvent[] = [];
  if (Object.keys(details).length > 0) events.push({ action: "admin.user_changed", target, details });
  if (before.disabled_at === null && after.disabled_at !== null) {
    events.push({ action: "admin.user_disabled", target, details: { sessions_ended: before.open_sessions } });
  }
  if (before.disabled_at !== null && after.disabled_at === null) events.push({ action: "admin.user_enabled", target });
  return events;
}

export type AdminUsecases = ReturnType<typeof createAdminUsecases>;

/** What administrators do with the accounts of others. Routes let nobody else come here. */
export function createAdminUsecases(dependencies: AdminDependencies) {
  const { database, store, countOtherAdmins, tierExists, mails, audit, clock } = dependencies;
  const { endAllSessions, markSessionsEnded, accessChanged } = dependencies;

  async function requireUser(queryable: Queryable, id: string): Promise<AdminUserRow> {
    const row = await store.find(queryable, { id, at: clock.now() });
    if (row === undefined) throw userNotFound();
    return row;
  }

  async function requireTier(name: string | undefined): Promise<void> {
    if (name !== undefined && !(await tierExists(name))) throw unknownTier(name);
  }

  async function change(transaction: Queryable, id: string, { role, tier, is_active: isActive }: UserChange) {
    // Administrators are locked before the account itself: two of them who demote each other come one after the other.
    const mayLoseAdmin = role === "user" || isActive === false;
    const otherAdmins = mayLoseAdmin ? await countOtherAdmins(transaction, id) : null;
    if (!(await store.lock(transaction, id))) throw userNotFound();
    const before = await requireUser(transaction, id);
    if (otherAdmins === 0 && before.role === "admin" && before.disabled_at === null) throw lastAdmin();
    const disabledAt = isActive === false ? (before.disabled_at ?? clock.now()) : before.disabled_at;
    await store.setAccess(transaction, {
      id,
      role: role ?? before.role,
      tier: tier ?? before.tier,
      disabledAt: isActive === true ? null : disabledAt,
    });
    const ended = isActive === false ? await endAllSessions(transaction, { userId: id, reason: "admin" }) : [];
    const after = await requireUser(transaction, id);
    for (const event of eventsOf(before, after)) await audit.record(transaction, event);
    return { after, ended };
  }

  async function update(actorId: string, id: string, changes: UserChange): Promise<AdminUser> {
    if (changes.is_active === false && id === actorId) throw cannotDisableYourself();
    await requireTier(changes.tier);
    const { after, ended } = await database.transaction((transaction) => change(transaction, id, changes));
    markSessionsEnded(ended);
    accessChanged();
    return toAdminUser(after);
  }

  async function invite({ email, full_name: fullName, role, tier }: Invitation): Promise<AdminUser> {
    await requireTier(tier);
    const id = newId("user");
    const invited = await database.transaction(async (transaction) => {
      const createdAt = clock.now();
      const user = { id, email, fullName: fullName ?? null, role, tier, createdAt };
      if (!(await store.insertInvited(transaction, user))) throw addressTaken();
      await mails.inviteByMail(transaction, { userId: id, email });
      const row = await requireUser(transaction, id);
      const target = { kind: "user", id };
      await audit.record(transaction, { action: "admin.user_invited", target, details: { role, tier } });
      return row;
    });
    accessChanged();
    return toAdminUser(invited);
  }

  async function signOut(id: string): Promise<number> {
    const ended = await database.transaction(async (transaction) => {
      await requireUser(transaction, id);
      const ids = await endAllSessions(transaction, { userId: id, reason: "admin" });
      const target = { kind: "user", id };
      const details = { sessions_ended: ids.length };
      await audit.record(transaction, { action: "admin.user_signed_out", target, details });
      return ids;
    });
    markSessionsEnded(ended);
    return ended.length;
  }

  return {
    async list({ limit, cursor, ...filter }: UserFilter & { limit: number; cursor?: string | undefined }) {
      const listing = { filter, after: parseCursor(cursor), limit: limit + 1, at: clock.now() };
      const rows = await store.list(database, listing);
      const page = pageOf(rows, { limit, position: (row) => ({ createdAt: row.created_at, id: row.id }) });
      return { users: page.rows.map(toAdminUser), next_cursor: page.nextCursor };
    },
    get: async (id: string): Promise<AdminUser> => toAdminUser(await requireUser(database, id)),
    invite,
    update,
    signOut,
  };
}
