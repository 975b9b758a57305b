import type { Meter, SpendBound } from "@llm-tuner/gateway/ports.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import { isRefusedData } from "../platform/database/postgres-errors.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createHousekeeping } from "../platform/time/housekeeping.ts";
import { createBoundedHoldWriter, type HoldOutcome } from "./budgets/bounded-holds.ts";
import { budgetsStore } from "./budgets/budgets.store.ts";
import type { BoundedHold } from "./budgets/decide-holds.ts";
import { createSpentOf } from "./budgets/spent-of.ts";
import { createCallLimit } from "./limits/call-limit.ts";
import { createTierLimits } from "./limits/tier-limits.ts";
import { createGroupWriter } from "./meter/group-writer.ts";
import { createMeter } from "./meter/meter.ts";
import { createSettlements } from "./meter/settlements.ts";
import { createPriceUsecases } from "./prices/prices.usecases.ts";
import { pricesStore } from "./prices/prices.store.ts";
import { createKnownTiers } from "./tiers/known-tiers.ts";
import { createTierRoutes } from "./tiers/tiers.routes.ts";
import { tiersStore } from "./tiers/tiers.store.ts";
import { createTierUsecases, type TierDependencies } from "./tiers/tiers.usecases.ts";
import type { usageSettings } from "./usage.config.ts";
import { createUsageRoutes } from "./usage.routes.ts";
import { type HoldRecord, type SettledCost, type SettledRecord, usageStore } from "./usage.store.ts";
import { createUsageUsecases } from "./usage.usecases.ts";

export interface UsageDependencies {
  database: Database;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof usageSettings>;
  accounts: TierDependencies["accounts"];
  keys: TierDependencies["keys"];
  /** Of the whole process; holds for calls to the gateway where an account's tier has no limit of its own. */
  rateLimits: Pick<RateLimits, "take">;
}

export interface UsageModule extends DomainModule {
  /** Answers the gateway's port: counts, prices and keeps the ledger. */
  meter: Meter;
  /** Counts a call to the gateway of somebody who proved who they are; throws a 429 when there were too many. */
  countCall: (caller: Pick<Caller, "userId" | "tier">) => Promise<void>;
  /** For names that people and keys are given. */
  tierExists: (name: string) => Promise<boolean>;
  /**
   * What was spent by subject in the period's present month or in all, integer nano-USD, holds of running requests
   * included where the subject had a limit when they began; 0 for a subject that was never seen.
   */
  spentOf: (counters: readonly Pick<SpendBound, "subject" | "period">[]) => Promise<ReadonlyMap<string, number>>;
}

const maxGroup = 500;

export function createUsageModule(dependencies: UsageDependencies): UsageModule {
  const { database, clock, log, config, accounts, keys, rateLimits } = dependencies;
  const known = createKnownTiers({ database, store: tiersStore, log });
  const tiers = createTierUsecases({
    database,
    store: tiersStore,
    accounts,
    keys,
    changed: known.invalidate,
    clock,
  });
  const prices = createPriceUsecases({ database, store: pricesStore, clock, log });
  const usecases = createUsageUsecases({ database, store: usageStore, counters: budgetsStore, clock });
  const holds = createGroupWriter<HoldRecord, true>({
    async writeGroup(records) {
      await usageStore.insertHolds(database, records);
      return records.map(() => true as const);
    },
    maxGroup,
    isItemsFault: isRefusedData,
  });
  const boundedHolds = createGroupWriter<BoundedHold, HoldOutcome>({
    writeGroup: createBoundedHoldWriter({ database, store: budgetsStore, clock }),
    maxGroup,
    isItemsFault: isRefusedData,
  });
  const settlements = createSettlements({
    writer: createGroupWriter<SettledRecord, SettledCost>({
      async writeGroup(records) {
        const costs = new Map(
          (await usageStore.insertSettled(database, records)).map((cost) => [cost.request_id, cost]),
        );
        return records.flatMap(({ request_id }) => costs.get(request_id) ?? []);
      },
      maxGroup,
      isItemsFault: isRefusedData,
    }),
    isRefused: isRefusedData,
    log,
  });
  const housekeeping = createHousekeeping({
    tasks: [usecases.releaseAbandonedHolds, usecases.deleteEndedCounters],
    log,
  });
  let stopListening: (() => Promise<void>) | undefined;

  return {
    routes: [...createUsageRoutes(usecases), ...createTierRoutes(tiers)],
    workers: [],
    personalData: {
      async *files(userId) {
        yield jsonLines("requests.jsonl", () => usecases.requestsOf(userId));
      },
      // The ledger goes with the row of the person.
      erase: async () => {},
    },
    async start() {
      stopListening = await database.listen("tiers_changed", known.invalidate);
      // What changed before the channel was heard.
      known.invalidate();
      await prices.set({
        provider: "tuned",
        modelPattern: "*",
        nanoUsdPerInputToken: config.localInputNanoUsdPerToken,
        nanoUsdPerOutputToken: config.localOutputNanoUsdPerToken,
        source: "settings LOCAL_INPUT_NANO_USD_PER_TOKEN and LOCAL_OUTPUT_NANO_USD_PER_TOKEN",
      });
      housekeeping.start();
    },
    async stop() {
      await stopListening?.();
      await housekeeping.stop();
      await settlements.stop();
    },
    meter: createMeter({
      prices,
      tiers: known,
      limits: createTierLimits({ clock, tierOf: known.tierOf }),
      holds,
      boundedHolds,
      settlements,
      clock,
      log,
    }),
    countCall: createCallLimit({ tiers: known, rateLimits, clock }),
    tierExists: (name) => tiersStore.exists(database, name),
    spentOf: createSpentOf({ database, store: budgetsStore, clock }),
  };
}
