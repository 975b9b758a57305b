/**
 * What metering costs: reservations and settlements through the meter on a durable PostgreSQL of its own, without a
 * limit, with one budget for everybody (the worst: one hot counter) and with a budget for each of 32 keys; how many a
 * second, how long a request waits for both, and the CPU of this process for each, writing to the database included.
 * All are interleaved in one run. Usage:
 *
 *     node bench/usage/budgets.ts [--requests 4000] [--rounds 5] [--concurrency 64]
 *
 * Prints a table and writes bench/usage/budgets.json. Numbers of a shared machine are only indications; the ratio counts.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type GatewayCaller, noBounds, type SpendBound } from "@llm-tuner/gateway/ports.ts";
import { startEmbeddedPostgres } from "../../server/src/platform/database/embedded/embedded-postgres.ts";
import { migrate } from "../../server/src/platform/database/migrations.ts";
import { createPgDatabase } from "../../server/src/platform/database/pg-database.ts";
import { silentLog as log } from "../../server/src/platform/log/log.ts";
import { systemClock as clock } from "../../server/src/platform/time/clock.ts";
import { reservationOf, settlementOf } from "../../server/src/usage/testing/usage-requests.ts";
import { createUsageModule } from "../../server/src/usage/usage.module.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "4000" },
    rounds: { type: "string", default: "5" },
    concurrency: { type: "string", default: "64" },
  },
});
interface Sample {
  requestsPerSecond: number;
  /** Of both calls together, for one request. */
  waitMs: number;
  cpuMicroseconds: number;
}

const medianOf = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

const requests = Number(values.requests);
const concurrency = Number(values.concurrency);
const keys = 32;

const bound = (subject: string, limitNanoUsd: number | null): SpendBound => ({
  subject,
  period: "month",
  limitNanoUsd,
  maxRequests: null,
});
const enough = 1e15;
const cases: Record<string, (index: number) => readonly SpendBound[]> = {
  "no limit": (index) => [bound(`key:free_${index % keys}`, null)],
  "one budget for all": () => [bound("key:shared", enough)],
  "a budget for each key": (index) => [bound(`key:own_${index % keys}`, enough)],
};

const callerOf = (index: number, spend: readonly SpendBound[]): GatewayCaller => ({
  accountId: `user_${index % keys}`,
  keyId: `key_${index % keys}`,
  scopes: new Set(["chat"]),
  tier: "standard",
  bounds: { ...noBounds, spend },
  headers: {},
});

const dataDirectory = await mkdtemp(join(tmpdir(), "llm-tuner-budgets-"));
const postgres = await startEmbeddedPostgres({ dataDirectory, unprivilegedUser: "nobody", log });
const database = createPgDatabase({ url: postgres.url(), log, poolSize: 8 });
try {
  await migrate({ database, directory: join(import.meta.dirname, "../../server/migrations"), log });
  await database.execute(
    `insert into users (id, email, password_hash, created_at)
     select 'user_' || n, 'user_' || n || '@example.org', 'x', now() from generate_series(0, $1 - 1) n`,
    [keys],
  );
  const usage = createUsageModule({
    database,
    dataDir: dataDirectory,
    clock,
    log,
    config: { localInputNanoUsdPerToken: 20, localOutputNanoUsdPerToken: 60, limitsDriver: "memory" },
    // Administration and the fixed limits play no part here.
    accounts: {
      audit: { record: async () => undefined, note: async () => undefined },
      usersByTier: async () => new Map(),
    },
    keys: { keysWithTier: async () => 0 },
    rateLimits: { limitOf: () => 1_000_000 },
  });
  await usage.start?.();

  let begun = 0;
  async function measure(spendOf: (index: number) => readonly SpendBound[]): Promise<Sample> {
    let next = 0;
    const waitsMs: number[] = [];
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let index = next; index < requests; index = next) {
          next += 1;
          const request = {
            requestId: `req_${(begun += 1)}`,
            caller: callerOf(index, spendOf(index)),
            startedAt: clock.now(),
          };
          const beganMs = performance.now();
          await usage.meter.reserve(reservationOf(request));
          await usage.meter.settle(settlementOf({ ...request, counts: { inputUncached: 100, outputText: 40 } }));
          waitsMs.push(performance.now() - beganMs);
        }
      }),
    );
    // What is still on its way to the database belongs to the price.
    await usage.spentOf([{ subject: "nobody", period: "total" }]);
    const { user, system } = process.cpuUsage(cpu);
    return {
      requestsPerSecond: (requests / (performance.now() - startedMs)) * 1000,
      waitMs: medianOf(waitsMs),
      cpuMicroseconds: (user + system) / requests,
    };
  }

  const samples = new Map(Object.keys(cases).map((name): [string, Sample[]] => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const [name, spendOf] of Object.entries(cases)) {
      const sample = await measure(spendOf);
      // The first round warms up.
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  const table = [...samples].map(([name, all]) => {
    const median = (of: (sample: Sample) => number) => medianOf(all.map(of));
    return {
      case: name,
      requestsPerSecond: Math.round(median(({ requestsPerSecond }) => requestsPerSecond)),
      waitMs: Math.round(median(({ waitMs }) => waitMs) * 100) / 100,
      cpuMicroseconds: Math.round(median(({ cpuMicroseconds }) => cpuMicroseconds)),
    };
  });
  console.table(table);
  const result = {
    what: "a reservation and its settlement through the meter, on a durable PostgreSQL of the same machine",
    hardware: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    requests,
    concurrency,
    rounds: Number(values.rounds),
    table,
  };
  await writeFile(join(import.meta.dirname, "budgets.json"), `${JSON.stringify(result, null, 2)}\n`);
  await usage.stop?.();
} finally {
  await database.close();
  await postgres.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}
