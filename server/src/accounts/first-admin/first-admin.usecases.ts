import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { invalidAccessToken } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import { invalidSetupToken, setupFinished } from "./first-admin.errors.ts";
import type { FirstAdminStore } from "./first-admin.store.ts";
import { isSetupToken, setupTokenOf } from "./setup-token.ts";

export interface FirstAdmin {
  needsFirstAdmin: () => Promise<boolean>;
  /** The token by which somebody may become the first administrator; undefined when there is one, or was. */
  openSetupToken: () => Promise<string | undefined>;
  /** Makes this person the first administrator. Of many at once exactly one becomes it. */
  claim: (claim: { userId: string; setupToken: string; network: string }) => Promise<void>;
}

interface FirstAdminDependencies {
  database: Database;
  store: FirstAdminStore;
  secret: Uint8Array;
  limits: Pick<SignInLimits, "admitFromNetwork" | "forgiveNetwork">;
  accessChanged: () => void;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
}

export function createFirstAdmin(dependencies: FirstAdminDependencies): FirstAdmin {
  const { database, store, secret, limits, accessChanged, audit, clock, log } = dependencies;

  async function claim({ userId, setupToken, network }: Parameters<FirstAdmin["claim"]>[0]): Promise<void> {
    await limits.admitFromNetwork(network);
    const setup = await store.find(database);
    if (setup === undefined || !isSetupToken(setupToken, setupTokenOf(setup.id, secret))) {
      await audit.note({ action: "access.refused", details: { reason: "invalid_setup_token" } });
      throw invalidSetupToken();
    }
    await limits.forgiveNetwork(network);
    await database.transaction(async (transaction) => {
      const locked = await store.findLocked(transaction);
      if (locked?.is_open !== true) throw setupFinished();
      if ((await store.promote(transaction, userId)) === 0) throw invalidAccessToken();
      await store.use(transaction, { userId, at: clock.now() });
      await audit.record(transaction, { action: "admin.first_admin_claimed", target: { kind: "user", id: userId } });
    });
    accessChanged();
    log.info({ userId }, "the first administrator has claimed the installation");
  }

  return {
    needsFirstAdmin: async () => (await store.find(database))?.is_open ?? false,
    async openSetupToken() {
      const setup = await store.find(database);
      return setup?.is_open === true ? setupTokenOf(setup.id, secret) : undefined;
    },
    claim,
  };
}
