import type { User } from "@llm-tuner/contract/accounts.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import { type ArchiveFile, jsonLines, type PersonalData } from "../../platform/personal-data/personal-data.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AuditUsecases } from "../audit/audit.usecases.ts";
import { invalidAccessToken } from "../accounts.errors.ts";
import type { EndSessions } from "../sessions/end-sessions.ts";
import { lastAdminStays, otherAddress } from "./personal-data.errors.ts";
import type { PersonalDataStore } from "./personal-data.store.ts";

/** What a domain keeps of a person, with its name, which is its folder in the archive. */
export interface NamedPersonalData extends PersonalData {
  name: string;
}

interface PersonalDataDependencies {
  database: Database;
  store: PersonalDataStore;
  audit: AuditTrail;
  auditLog: Pick<AuditUsecases, "all">;
  userById: (id: string) => Promise<User | undefined>;
  requireRecentSignIn: (sessionId: string | null) => Promise<void>;
  endAllSessions: EndSessions["endAllSessions"];
  markSessionsEnded: EndSessions["markSessionsEnded"];
  /** Of every domain below this one, in the order in which they stand. */
  domains: () => readonly NamedPersonalData[];
  queue: Queue;
  clock: Clock;
  log: Log;
}

const hourMs = 3_600_000;
/** Longer than any access token may live. */
const keepErasedMs = 26 * hourMs;

export interface PersonalDataUsecases {
  /** Files of everything that is kept of a person. */
  archive: (request: { userId: string; sessionId: string | null }) => Promise<AsyncIterable<ArchiveFile>>;
  /** Closes the account at once and has the rest removed in the background. */
  close: (request: { userId: string; sessionId: string | null; email: string }) => Promise<void>;
  /** Removes what a closed account owned. Repeatable: a crash in the middle is taken up by the next attempt. */
  erase: (userId: string) => Promise<void>;
  /** Takes up erasures that were given up, and removes the last rows of those that are done. */
  cleanUp: () => Promise<void>;
}

export function createPersonalDataUsecases(dependencies: PersonalDataDependencies): PersonalDataUsecases {
  const {
    database,
    store,
    audit,
    auditLog,
    userById,
    requireRecentSignIn,
    endAllSessions,
    markSessionsEnded,
    domains,
    queue,
  } = dependencies;
  const { clock, log } = dependencies;

  async function ownedUser(userId: string): Promise<User> {
    const user = await userById(userId);
    if (user === undefined) throw invalidAccessToken();
    return user;
  }

  async function* filesOf(user: User): AsyncGenerator<ArchiveFile> {
    yield jsonLines("account.jsonl", async function* () {
      yield user;
    });
    yield jsonLines("sessions.jsonl", async function* () {
      yield* await store.listSessions(database, user.id);
    });
    yield jsonLines("mails.jsonl", async function* () {
      yield* await store.listMails(database, user.id);
    });
    yield jsonLines("identities.jsonl", async function* () {
      yield* await store.listIdentities(database, user.id);
    });
    yield jsonLines("audit.jsonl", () => auditLog.all({ actor: user.id }));
    for (const domain of domains()) {
      for await (const file of domain.files(user.id)) yield { ...file, name: `${domain.name}/${file.name}` };
    }
  }

  return {
    async archive({ userId, sessionId }) {
      await requireRecentSignIn(sessionId);
      const user = await ownedUser(userId);
      await audit.note({ action: "account.exported", userId, target: { kind: "user", id: userId } });
      return filesOf(user);
    },

    async close({ userId, sessionId, email }) {
      await requireRecentSignIn(sessionId);
      if ((await ownedUser(userId)).email !== email) throw otherAddress();
      const ended = await database.transaction(async (transaction) => {
        const { role } = await ownedUser(userId);
        if (role === "admin" && (await store.countOtherAdmins(transaction, userId)) === 0) throw lastAdminStays();
        if (!(await store.close(transaction, { userId, at: clock.now() }))) return [];
        const sessionIds = await endAllSessions(transaction, { userId, reason: "account_closed" });
        await queue.send(transaction, "accounts.erase", { user_id: userId });
        await audit.record(transaction, {
          action: "account.deletion_requested",
          userId,
          target: { kind: "user", id: userId },
        });
        return sessionIds;
      });
      markSessionsEnded(ended);
      log.info({ userId }, "account closed; what it owned is being removed");
    },

    async erase(userId) {
      if (!(await store.isClosed(database, userId))) return;
      for (const domain of domains()) {
        await domain.erase(userId);
        log.info({ userId, domain: domain.name }, "removed what a closed account owned");
      }
      await database.transaction(async (transaction) => {
        if (!(await store.anonymise(transaction, { userId, at: clock.now() }))) return;
        await audit.record(transaction, { action: "account.deleted", target: { kind: "user", id: userId } });
      });
    },

    async cleanUp() {
      const nowMs = clock.now().getTime();
      for (const userId of await store.listUnerased(database, new Date(nowMs - hourMs))) {
        await database.transaction((transaction) =>
          queue.send(transaction, "accounts.erase", { user_id: userId }, { singletonKey: userId }),
        );
      }
      await store.deleteErased(database, new Date(nowMs - keepErasedMs));
    },
  };
}
