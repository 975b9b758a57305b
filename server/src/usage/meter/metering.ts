import type { Meter } from "@llm-tuner/gateway/ports.ts";
import type { AccountsModule } from "../../accounts/accounts.module.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Database } from "../../platform/database/database.ts";
import { isRefusedData } from "../../platform/database/postgres-errors.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { createHousekeeping } from "../../platform/time/housekeeping.ts";
import { createBoundedHoldWriter, type HoldOutcome } from "../budgets/bounded-holds.ts";
import { budgetsStore } from "../budgets/budgets.store.ts";
import type { BoundedHold } from "../budgets/decide-holds.ts";
import type { TierLimits } from "../limits/tier-limits.ts";
import { createMissingPrices, type MissingPriceCount } from "../prices/missing-prices.ts";
import { pricesStore } from "../prices/prices.store.ts";
import { createPriceUsecases, type PriceUsecases } from "../prices/prices.usecases.ts";
import { createRateMissing } from "../prices/rate-missing.ts";
import { readShippedPrices } from "../prices/shipped-prices.ts";
import { reportsStore } from "../reports/reports.store.ts";
import { createReportUsecases, type ReportUsecases } from "../reports/reports.usecases.ts";
import { rollupsStore } from "../reports/rollups.store.ts";
import { createUpkeepUsecases } from "../reports/upkeep.usecases.ts";
import { createAdjustBill } from "../requests/adjust-bill.ts";
import { requestsStore } from "../requests/requests.store.ts";
import { createRequestUsecases, type RequestUsecases } from "../requests/requests.usecases.ts";
import { createUsageSpool } from "../spool/usage-spool.ts";
import type { KnownTiers } from "../tiers/known-tiers.ts";
import type { usageSettings } from "../usage.config.ts";
import { usageStore } from "../usage.store.ts";
import { createGroupWriter } from "./group-writer.ts";
import { createMeter } from "./meter.ts";

interface MeteringDependencies {
  database: Database;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof usageSettings>;
  dataDir: string;
  audit: AccountsModule["audit"];
  tiers: Pick<KnownTiers, "ensure" | "tierOf">;
  limits: TierLimits;
}

export interface AdjustedRequest {
  requestId: string;
  /** Shown to whoever pays. */
  reason: string;
  /** What it costs from now on. */
  costNanoUsd: number;
}

export interface Metering {
  meter: Meter;
  routes: {
    requests: RequestUsecases;
    reports: ReportUsecases;
    prices: PriceUsecases;
    rateMissing: ReturnType<typeof createRateMissing>;
    audit: AccountsModule["audit"];
  };
  adjustRequest: (adjustment: AdjustedRequest) => Promise<void>;
  /** Resolves when all that was settled in this process is in the database. */
  flush: () => Promise<void>;
  missingPriceCounts: () => readonly MissingPriceCount[];
  unequalSums: () => number;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

const maxGroup = 500;
const rollEveryMs = 30_000;
const checkEveryMs = 86_400_000;

const settingsNames = "settings LOCAL_INPUT_NANO_USD_PER_TOKEN and LOCAL_OUTPUT_NANO_USD_PER_TOKEN";

/** From a request's price to its bill, and to the reports. */
export function createMetering(dependencies: MeteringDependencies): Metering {
  const { database, clock, log, config, dataDir, audit, tiers, limits } = dependencies;
  const prices = createPriceUsecases({ database, store: pricesStore, audit, clock, log });
  const missingPrices = createMissingPrices(log);
  const spool = createUsageSpool({ database, dataDir, clock, log });
  const common = { database, clock, flush: spool.flush };
  const adjustBill = createAdjustBill({ ...common, store: usageStore, rollups: rollupsStore });
  const requests = createRequestUsecases({
    database,
    store: requestsStore,
    prices: pricesStore,
    adjustBill,
    audit,
    flush: spool.flush,
  });
  const upkeep = createUpkeepUsecases({ database, store: rollupsStore, log });
  const state: { unequalSums: number; stopListening?: () => Promise<void> } = { unequalSums: 0 };
  const rolling = createHousekeeping({ tasks: [upkeep.roll], log, everyMs: rollEveryMs });
  const closing = createHousekeeping({ tasks: [spool.closeAbandoned], log });
  const checking = createHousekeeping({
    tasks: [async () => (state.unequalSums = (await upkeep.check()).length)],
    log,
    everyMs: checkEveryMs,
  });
  return {
    meter: createMeter({
      prices,
      missingPrices,
      tiers,
      limits,
      boundedHolds: createGroupWriter<BoundedHold, HoldOutcome>({
        writeGroup: createBoundedHoldWriter({ database, store: budgetsStore, clock }),
        maxGroup,
        isItemsFault: isRefusedData,
      }),
      spool,
      clock,
    }),
    routes: {
      requests,
      reports: createReportUsecases({ ...common, store: reportsStore }),
      prices,
      rateMissing: createRateMissing({
        ...common,
        store: usageStore,
        prices: pricesStore,
        rollups: rollupsStore,
        audit,
      }),
      audit,
    },
    adjustRequest: (adjustment) => adjustBill(adjustment),
    flush: spool.flush,
    missingPriceCounts: missingPrices.counts,
    unequalSums: () => state.unequalSums,
    async start() {
      state.stopListening = await database.listen("prices_changed", prices.invalidate);
      await prices.load(readShippedPrices());
      await prices.setBySettings({
        provider: "tuned",
        model_pattern: "*",
        rates: {
          input_uncached: String(config.localInputNanoUsdPerToken),
          output_text: String(config.localOutputNanoUsdPerToken),
        },
        source: settingsNames,
      });
      // Settlements need them, also in a process that has reserved nothing, and must not wait for the database then.
      await tiers.ensure();
      await spool.start();
      rolling.start();
      closing.start();
      checking.start();
    },
    async stop() {
      await state.stopListening?.();
      await rolling.stop();
      await closing.stop();
      await checking.stop();
      await spool.stop();
    },
  };
}
