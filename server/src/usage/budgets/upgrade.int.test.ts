import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { migrate } from "../../platform/database/migrations.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createTestDatabase, migrationsDirectory } from "../../platform/testing/test-database.ts";
import { unequalCounters } from "../testing/ledger-sums.ts";

const { database, drop } = await createTestDatabase();
const directory = await mkdtemp(join(tmpdir(), "llm-tuner-upgrade-"));
afterAll(async () => {
  await drop();
  await rm(directory, { recursive: true });
});

const counterRow = z.object({
  subject: z.string(),
  period: z.string(),
  held: z.coerce.number(),
  spent: z.coerce.number(),
  requests: z.coerce.number(),
});

it("counters of a database that is upgraded stay what they were, and days begin with what is in the ledger", async () => {
  await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  const before = (await readdir(migrationsDirectory)).filter((name) => name < "0018");
  for (const name of before) await cp(join(migrationsDirectory, name), join(directory, name));
  await migrate({ database, directory, log: silentLog });
  // Of one key, yesterday's request and today's are settled, and another one runs.
  await database.execute(
    `insert into users (id, email, password_hash, created_at) values ('user_0', 'former@example.org', 'x', now());
     insert into prices (id, provider, model_pattern, nano_usd_per_input_token, nano_usd_per_output_token, valid_from,
       source, created_at) values ('price_0', 'tuned', '*', 1, 1, now(), 'a test', now());
     insert into usage_entries (request_id, kind, user_id, api_key_id, amount_nano_usd, price_id, created_at, counted)
     select request_id, kind, 'user_0', 'key_0', amount, 'price_0', now() - days * interval '1 day',
       case kind when 'charge' then array['key:key_0'] else array['key:key_0', 'user:user_0'] end
     from (values ('req_0', 'hold', -9, 1), ('req_0', 'release', 9, 1), ('req_0', 'charge', -4, 1),
       ('req_1', 'hold', -90, 0), ('req_1', 'release', 90, 0), ('req_1', 'charge', -40, 0),
       ('req_2', 'hold', -900, 0)) as entry (request_id, kind, amount, days)`,
  );
  // As they were kept until then: in all, and by month.
  await database.execute(
    `insert into usage_counters (subject, period_start, user_id, held_nano_usd, spent_nano_usd, requests, updated_at)
     select subject, period_start, 'user_0', -sum(amount_nano_usd) filter (where kind <> 'charge'),
       coalesce(-sum(amount_nano_usd) filter (where kind = 'charge'), 0), count(*) filter (where kind = 'hold'), now()
     from usage_entries
       cross join lateral unnest(array['key:key_0', 'user:user_0']) as subject
       cross join lateral unnest(array['-infinity', date_trunc('month', created_at at time zone 'UTC')::date]) as period_start
     group by subject, period_start`,
  );
  await migrate({ database, directory: migrationsDirectory, log: silentLog });
  expect(await unequalCounters(database)).toEqual([]);
  const rows = await database.rows(
    counterRow,
    `select subject, period, held_nano_usd as held, spent_nano_usd as spent, requests from usage_counters
     where subject = 'key:key_0' and (period = 'total' or length(period) = 10) order by period`,
  );
  const days = await database.rows(
    z.object({ day: z.string() }),
    "select distinct to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day from usage_entries order by day",
  );
  expect(rows).toEqual([
    { subject: "key:key_0", period: days[0]?.day, held: 0, spent: 4, requests: 1 },
    { subject: "key:key_0", period: days[1]?.day, held: 900, spent: 40, requests: 2 },
    { subject: "key:key_0", period: "total", held: 900, spent: 44, requests: 3 },
  ]);
});
