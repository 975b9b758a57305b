import type { Tier } from "@llm-tuner/contract/admin.ts";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { KeysModule } from "../../keys/keys.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import { standardTierStays, tierExists, tierInUse, tierNotFound } from "./tiers.errors.ts";
import { detailsOf, type NewTier, newTierRow, type TierChange, toTier, withChange } from "./tier-rows.ts";
import type { TiersStore } from "./tiers.store.ts";

export interface TierUsecases {
  list: () => Promise<Tier[]>;
  create: (tier: NewTier) => Promise<Tier>;
  update: (name: string, change: TierChange) => Promise<Tier>;
  remove: (name: string) => Promise<Tier>;
}

export interface TierDependencies {
  database: Database;
  store: TiersStore;
  accounts: Pick<AccountsModule, "audit" | "usersByTier">;
  keys: Pick<KeysModule, "keysWithTier">;
  /** What was kept in memory in this process is out of date; the others are told by the database. */
  changed: () => void;
  clock: Clock;
}

export function createTierUsecases(dependencies: TierDependencies): TierUsecases {
  const { database, store, accounts, keys, changed, clock } = dependencies;
  const { audit } = accounts;

  const usersOf = async (name: string): Promise<number> => (await accounts.usersByTier()).get(name) ?? 0;

  async function change<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const result = await database.transaction(work);
    changed();
    return result;
  }

  return {
    async list() {
      const [rows, users] = await Promise.all([store.list(database), accounts.usersByTier()]);
      return rows.map((row) => toTier(row, users.get(row.name) ?? 0));
    },

    async create(tier) {
      const row = newTierRow(tier, clock.now());
      await change(async (transaction) => {
        if ((await store.insert(transaction, row)) === 0) throw tierExists(row.name);
        await audit.record(transaction, {
          action: "admin.tier_created",
          target: { kind: "tier", id: row.name },
          details: detailsOf(row),
        });
      });
      return toTier(row, await usersOf(row.name));
    },

    async update(name, changes) {
      const row = await change(async (transaction) => {
        const before = await store.findForUpdate(transaction, name);
        if (before === undefined) throw tierNotFound();
        const after = withChange(before, changes);
        await store.update(transaction, after);
        await audit.record(transaction, {
          action: "admin.tier_changed",
          target: { kind: "tier", id: name },
          details: detailsOf(after),
        });
        return after;
      });
      return toTier(row, await usersOf(name));
    },

    /** Whoever is given the tier at this very moment has the standard one from then on. */
    async remove(name) {
      if (name === standardTier) throw standardTierStays();
      const row = await change(async (transaction) => {
        const found = await store.findForUpdate(transaction, name);
        if (found === undefined) throw tierNotFound();
        const [users, keysWithIt] = await Promise.all([usersOf(name), keys.keysWithTier(name)]);
        if (users > 0 || keysWithIt > 0) throw tierInUse({ users, keys: keysWithIt });
        await store.remove(transaction, name);
        await audit.record(transaction, {
          action: "admin.tier_deleted",
          target: { kind: "tier", id: name },
          details: detailsOf(found),
        });
        return found;
      });
      return toTier(row, 0);
    },
  };
}
