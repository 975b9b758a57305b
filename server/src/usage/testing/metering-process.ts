import { createPgDatabase } from "../../platform/database/pg-database.ts";
import { newId } from "../../platform/ids.ts";
import { silentLog as log } from "../../platform/log/log.ts";
import { systemClock as clock } from "../../platform/time/clock.ts";
import { createUsageModule } from "../usage.module.ts";
import { freeCaller, reservationOf, settlementOf } from "./usage-requests.ts";

// A process of its own that meters requests, some of them under a budget, and tells its parent of every promise that was
// kept, until the parent kills it.
const [url = "", dataDir = "", userId = ""] = process.argv.slice(2);

const usage = createUsageModule({
  database: createPgDatabase({ url, log, poolSize: 4 }),
  dataDir,
  clock,
  log,
  config: { localInputNanoUsdPerToken: 20, localOutputNanoUsdPerToken: 60, limitsDriver: "memory" },
  accounts: {
    audit: { record: async () => undefined, note: async () => undefined },
    usersByTier: async () => new Map(),
  },
  keys: { keysWithTier: async () => 0 },
  rateLimits: { limitOf: () => 1_000_000 },
});
await usage.start?.();

const free = freeCaller(userId);
const limited = {
  ...free,
  bounds: {
    ...free.bounds,
    spend: [{ subject: `key:${userId}`, period: "total" as const, limitNanoUsd: 1e12, maxRequests: null }],
  },
};

async function requestsWithoutEnd(lane: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const request = { requestId: newId("request"), caller: lane % 3 === 0 ? limited : free, startedAt: clock.now() };
    await usage.meter.reserve(reservationOf({ ...request, operation: "messages", stream: true }));
    process.send?.({ held: request.requestId });
    // Some requests are still being answered when the process dies.
    if (lane % 4 === 1 && count % 5 === 4) await new Promise(() => {});
    const { costNanoUsd } = await usage.meter.settle(settlementOf({ ...request, counts: { outputText: count } }));
    process.send?.({ settled: request.requestId, costNanoUsd });
  }
}
await Promise.all(Array.from({ length: 24 }, (_, lane) => requestsWithoutEnd(lane)));
