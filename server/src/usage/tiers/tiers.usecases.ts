import type { createTier, Tier, updateTier } from "@llm-tuner/contract/admin.ts";
import type { z } from "zod";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { KeysModule } from "../../keys/keys.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import { standardTierStays, tierExists, tierInUse, tierNotFound } from "./tiers.errors.ts";
import type { TierRow, TiersStore } from "./tiers.store.ts";

type NewTier = z.output<typeof createTier.body>;
type TierChange = z.output<typeof updateTier.body>;

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

const nanoUsdPerUsd = 1e9;

const toTier = ({ monthly_spend_nano_usd, ...row }: TierRow, users: number): Tier => ({
  ...row,
  monthly_spend_usd: monthly_spend_nano_usd === null ? null : monthly_spend_nano_usd / nanoUsdPerUsd,
  users,
  created_at: row.created_at.toISOString(),
});

const nanoUsdOf = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * nanoUsdPerUsd));

const detailsOf = ({ name: _name, created_at: _createdAt, ...limits }: TierRow) => limits;

const withChange = (row: TierRow, { monthly_spend_usd, ...change }: TierChange): TierRow => ({
  name: row.name,
  created_at: row.created_at,
  description: change.description ?? row.description,
  // Undefined leaves a limit as it is; null takes it away.
  requests_per_minute: change.requests_per_minute === undefined ? row.requests_per_minute : change.requests_per_minute,
  tokens_per_minute: change.tokens_per_minute === undefined ? row.tokens_per_minute : change.tokens_per_minute,
  concurrent_requests: change.concurrent_requests === undefined ? row.concurrent_requests : change.concurrent_requests,
  monthly_spend_nano_usd: monthly_spend_usd === undefined ? row.monthly_spend_nano_usd : nanoUsdOf(monthly_spend_usd),
});

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

    async create({ monthly_spend_usd, ...limits }) {
      const row = { ...limits, monthly_spend_nano_usd: nanoUsdOf(monthly_spend_usd), created_at: clock.now() };
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
