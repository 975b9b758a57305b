/**
 * What a budget costs: reservations and settlements a second through the meter on a durable PostgreSQL of its own,
 * without a limit, with one budget for everybody (the worst: one hot counter) and with a budget for each of 32 keys.
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
import { createUsageModule } from "../../server/src/usage/usage.module.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "4000" },
    rounds: { type: "string", default: "5" },
    concurrency: { type: "string", default: "64" },
  },
});
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
    clock,
    log,
    config: { localInputNanoUsdPerToken: 20, localOutputNanoUsdPerToken: 60 },
    // Administration and the fixed limits play no part here.
    accounts: {
      audit: { record: async () => undefined, note: async () => undefined },
      usersByTier: async () => new Map(),
    },
    keys: { keysWithTier: async () => 0 },
    rateLimits: { take: async () => undefined },
  });
  await usage.start?.();

  let begun = 0;
  async function measure(spendOf: (index: number) => readonly SpendBound[]): Promise<number> {
    let next = 0;
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let index = next; index < requests; index = next) {
          next += 1;
          const request = {
            requestId: `req_${(begun += 1)}`,
            caller: callerOf(index, spendOf(index)),
            model: "tuned",
            priceModel: "tuned",
            provider: "tuned",
            startedAt: clock.now(),
          };
          await usage.meter.reserve({ ...request, estimatedInputTokens: 100, maxOutputTokens: 50 });
          await usage.meter.settle({
            ...request,
            outcome: "completed",
            inputTokens: 100,
            outputTokens: 40,
            usageSource: "reported",
            latencyMs: 1,
            firstByteMs: 1,
            errorCode: null,
          });
        }
      }),
    );
    return (requests / (performance.now() - startedMs)) * 1000;
  }

  const rates = new Map(Object.keys(cases).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const [name, spendOf] of Object.entries(cases)) {
      const rate = await measure(spendOf);
      // The first round warms up.
      if (round > 0) rates.get(name)?.push(rate);
    }
  }
  const medianOf = (all: readonly number[]): number =>
    Math.round(all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0);
  const free = medianOf(rates.get("no limit") ?? []);
  const table = [...rates].map(([name, all]) => ({
    case: name,
    requestsPerSecond: medianOf(all),
    toNoLimit: Math.round((medianOf(all) / free) * 100) / 100,
  }));
  console.table(table);
  const result = {
    what: "a reservation and its settlement through the meter, a second, on a durable PostgreSQL of the same machine",
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
