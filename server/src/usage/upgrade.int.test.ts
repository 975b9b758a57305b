import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { migrate } from "../platform/database/migrations.ts";
import { silentLog } from "../platform/log/log.ts";
import { createTestDatabase, migrationsDirectory } from "../platform/testing/test-database.ts";
import { unequalCounters } from "./testing/ledger-sums.ts";
import { rollupsStore } from "./reports/rollups.store.ts";

const { database, drop } = await createTestDatabase();
const directory = await mkdtemp(join(tmpdir(), "llm-tuner-upgrade-"));
afterAll(async () => {
  await drop();
  await rm(directory, { recursive: true });
});

describe("usage of a database that is upgraded", () => {
  it("keeps its bills, its prices and its ledger, by buckets", async () => {
    await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const before = (await readdir(migrationsDirectory)).filter((name) => name < "0018");
    for (const name of before) await cp(join(migrationsDirectory, name), join(directory, name));
    await migrate({ database, directory, log: silentLog });
    await database.execute(`
      insert into users (id, email, password_hash, created_at) values ('user_0', 'former@example.org', 'x', now());
      insert into prices values ('price_0', 'tuned', '*', 20, 0.25, '2026-01-01', null, 'settings', '2026-01-01');
      insert into usage_requests values
        ('req_1', 'user_0', 'key_1', 'm', 'm', 'tuned', 10, 4, 'reported', 201, 'price_0', 'completed', null, 5, 1, '2026-02-01', '2026-02-01'),
        ('req_2', 'user_0', null, 'm', 'm', 'tuned', 0, 0, 'estimated', 0, 'price_0', 'failed', 'x', 5, null, '2026-02-01', '2026-02-01'),
        ('req_3', 'user_0', null, 'm', 'm', 'else', 3, 1, 'estimated', null, null, 'aborted', null, 5, 1, '2026-02-01', '2026-02-01');
      insert into usage_entries (request_id, kind, user_id, amount_nano_usd, price_id, created_at) values
        ('req_1', 'hold', 'user_0', -500, 'price_0', '2026-02-01'), ('req_1', 'release', 'user_0', 500, 'price_0', '2026-02-01'),
        ('req_1', 'charge', 'user_0', -201, 'price_0', '2026-02-01'), ('req_2', 'charge', 'user_0', 0, 'price_0', '2026-02-01');
      insert into usage_counters values
        ('user:user_0', '-infinity', 'user_0', 0, 201, 0, now()), ('user:user_0', '2026-02-01', 'user_0', 0, 201, 0, now())`);
    await migrate({ database, directory: migrationsDirectory, log: silentLog });

    const Row = z.object({
      request_id: z.string(),
      input_uncached: z.int(),
      output_text: z.int(),
      input_tokens: z.coerce.number(),
      policy: z.string(),
      cost_nano_usd: z.coerce.number().nullable(),
    });
    expect(await database.rows(Row, "select * from usage_requests order by request_id")).toEqual([
      {
        request_id: "req_1",
        input_uncached: 10,
        output_text: 4,
        input_tokens: 10,
        policy: "reported",
        cost_nano_usd: 201,
      },
      { request_id: "req_2", input_uncached: 0, output_text: 0, input_tokens: 0, policy: "failed", cost_nano_usd: 0 },
      {
        request_id: "req_3",
        input_uncached: 3,
        output_text: 1,
        input_tokens: 3,
        policy: "partial",
        cost_nano_usd: null,
      },
    ]);
    const price = await database.row(z.object({ rates: z.unknown(), origin: z.string() }), "select * from prices");
    expect(price).toEqual({ rates: { input_uncached: "20", output_text: "0.25" }, origin: "settings" });
    expect((await unequalCounters(database)).filter(({ period }) => period.length < 10)).toEqual([]);
    await database.transaction((transaction) => rollupsStore.roll(transaction, 10));
    expect(await rollupsStore.differences(database)).toEqual([]);
  });
});
