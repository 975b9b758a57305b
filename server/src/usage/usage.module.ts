import type { Awaitable } from "@llm-tuner/gateway/awaitable.ts";
import type { Meter, SpendBound } from "@llm-tuner/gateway/ports.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createHousekeeping } from "../platform/time/housekeeping.ts";
import { budgetsStore } from "./budgets/budgets.store.ts";
import { createSpentOf } from "./budgets/spent-of.ts";
import { createCallLimit } from "./limits/call-limit.ts";
import { createKeptLimits } from "./limits/kept-limits.ts";
import { type AdjustedRequest, createMetering } from "./meter/metering.ts";
import type { MissingPriceCount } from "./prices/missing-prices.ts";
import { createPricesNow, type PricesNow } from "./prices/prices-now.ts";
import { createKnownTiers } from "./tiers/known-tiers.ts";
import { createTierRoutes } from "./tiers/tiers.routes.ts";
import { tiersStore } from "./tiers/tiers.store.ts";
import { createTierUsecases, type TierDependencies } from "./tiers/tiers.usecases.ts";
import type { usageSettings } from "./usage.config.ts";
import { createUsageRoutes } from "./usage.routes.ts";

export type { PricesNow } from "./prices/prices-now.ts";

export interface UsageDependencies {
  database: Database;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof usageSettings>;
  accounts: TierDependencies["accounts"];
  keys: TierDependencies["keys"];
  /** Of the whole process; holds for calls to the gateway where an account's tier has no limit of its own. */
  rateLimits: Pick<RateLimits, "limitOf">;
  /** Holds the spool of usage that the database does not have yet. */
  dataDir: string;
}

export interface UsageModule extends DomainModule {
  /** Answers the gateway's port: counts, prices and keeps the ledger. */
  meter: Meter;
  /** Counts a call to the gateway of somebody who proved who they are; throws a 429 when there were too many. */
  countCall: (caller: Pick<Caller, "userId" | "tier">) => Awaitable<void>;
  /** For names that people and keys are given. */
  tierExists: (name: string) => Promise<boolean>;
  /**
   * What was spent by subject in the period's present month or in all, integer nano-USD, holds of running requests
   * included where the subject had a limit when they began; 0 for a subject that was never seen.
   */
  spentOf: (counters: readonly Pick<SpendBound, "subject" | "period">[]) => Promise<ReadonlyMap<string, number>>;
  /** Changes what a request costs, such as one for a film that was never made; the same cost again changes nothing. */
  adjustRequest: (adjustment: AdjustedRequest) => Promise<void>;
  /** For `gateway_price_missing_total` of the metrics. */
  missingPriceCounts: () => readonly MissingPriceCount[];
  /** Kinds of differences that the last comparison of ledger and sums found; 0 when everything fits. */
  unequalSums: () => number;
  /** What models cost now, to be shown beside them. */
  pricesNow: PricesNow;
}

/** No client token lives so long. */
const endedAfterMs = 86_400_000;

export function createUsageModule(dependencies: UsageDependencies): UsageModule {
  const { database, clock, log, config, accounts, keys, rateLimits, dataDir } = dependencies;
  const known = createKnownTiers({ database, store: tiersStore, log });
  const tiers = createTierUsecases({
    database,
    store: tiersStore,
    accounts,
    keys,
    changed: known.invalidate,
    clock,
  });
  const requestsPerMinute = rateLimits.limitOf("spend");
  const { limitsDriver: driver } = config;
  const kept = createKeptLimits({ driver, database, tierOf: known.tierOf, requestsPerMinute, clock, log });
  const metering = createMetering({
    database,
    clock,
    log,
    config,
    dataDir,
    audit: accounts.audit,
    tiers: known,
    limits: kept.limits,
  });
  const spentOf = createSpentOf({ database, store: budgetsStore, clock });
  const deleteEndedCounters = () => budgetsStore.deleteEnded(database, new Date(clock.now().getTime() - endedAfterMs));
  const housekeeping = createHousekeeping({ tasks: [deleteEndedCounters], log });
  let stopListening: (() => Promise<void>) | undefined;

  return {
    routes: [...createUsageRoutes(metering.routes), ...createTierRoutes(tiers)],
    workers: [],
    personalData: {
      async *files(userId) {
        yield jsonLines("requests.jsonl", () => metering.routes.requests.all(userId));
      },
      // The ledger goes with the row of the person.
      erase: async () => {},
    },
    async start() {
      stopListening = await database.listen("tiers_changed", known.invalidate);
      // What changed before the channel was heard.
      known.invalidate();
      await metering.start();
      housekeeping.start();
      kept.start();
    },
    async stop() {
      await stopListening?.();
      await housekeeping.stop();
      await kept.stop();
      await metering.stop();
    },
    meter: metering.meter,
    adjustRequest: metering.adjustRequest,
    missingPriceCounts: metering.missingPriceCounts,
    unequalSums: metering.unequalSums,
    countCall: createCallLimit({ tiers: known, requestsPerMinute, clock }),
    tierExists: (name) => tiersStore.exists(database, name),
    async spentOf(counters) {
      await metering.flush();
      return spentOf(counters);
    },
    pricesNow: createPricesNow({ prices: metering.routes.prices, clock }),
  };
}
