import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import { createFreshness } from "../../platform/time/freshness.ts";
import type { TierOf } from "../budgets/bounds.ts";
import { tiersNotKnown } from "./tiers.errors.ts";
import type { TierRow, TiersStore } from "./tiers.store.ts";

export interface KnownTiers {
  /** Resolves when what is known is young enough to go on with. Fails when the database has been away for long. */
  ensure: () => Promise<void> | undefined;
  /** From memory; a tier that does not exist is the standard one. */
  tierOf: TierOf;
  invalidate: () => void;
}

const freshMs = 10_000;
/** Older limits than these are not used. */
const staleMs = 600_000;

/** The tiers, kept in memory: limits are looked at before every answer. */
export function createKnownTiers({
  database,
  store,
  log,
}: {
  database: Database;
  store: Pick<TiersStore, "list">;
  log: Log;
}): KnownTiers {
  let tiers: ReadonlyMap<string, TierRow> = new Map();
  const freshness = createFreshness({
    async load() {
      tiers = new Map((await store.list(database)).map((tier) => [tier.name, tier]));
    },
    freshMs,
    staleMs,
    log,
  });
  return {
    ensure: freshness.ensure,
    invalidate: freshness.invalidate,
    tierOf(name) {
      const tier = tiers.get(name) ?? tiers.get(standardTier);
      if (tier === undefined) throw tiersNotKnown();
      return tier;
    },
  };
}
