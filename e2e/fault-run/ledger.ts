import { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import { z } from "zod";
import type { Database } from "../../server/src/platform/database/database.ts";
import { startEmbeddedPostgres } from "../../server/src/platform/database/embedded/embedded-postgres.ts";
import { createPgDatabase } from "../../server/src/platform/database/pg-database.ts";
import { silentLog } from "../../server/src/platform/log/log.ts";

const nano = z.coerce.bigint();
const buckets = usageBucketNames.join(", ");
const Numbers = z.object(Object.fromEntries(usageBucketNames.map((name) => [name, z.coerce.number()])));

const RequestRow = z.object({
  ...UsageCounts.shape,
  request_id: z.string(),
  user_id: z.string(),
  api_key_id: z.string().nullable(),
  model: z.string(),
  price_model: z.string(),
  provider: z.string(),
  operation: z.string(),
  stream: z.boolean(),
  usage_source: z.string(),
  policy: z.string(),
  outcome: z.string(),
  error_code: z.string().nullable(),
  cost_nano_usd: nano.nullable(),
  price_id: z.string().nullable(),
  started_at: z.date(),
  created_at: z.date(),
});
const AttemptRow = z.object({
  request_id: z.string(),
  seq: z.number(),
  provider: z.string(),
  upstream_model: z.string(),
  outcome: z.string(),
  error_code: z.string().nullable(),
});
const EntryRow = z.object({
  request_id: z.string(),
  kind: z.enum(["hold", "release", "charge", "adjust"]),
  user_id: z.string(),
  api_key_id: z.string().nullable(),
  amount_nano_usd: nano,
  counted: z.array(z.string()),
  created_at: z.date(),
});
const CounterRow = z.object({
  subject: z.string(),
  period: z.string(),
  held_nano_usd: nano,
  spent_nano_usd: nano,
  requests: z.coerce.number(),
});
const HourRow = Numbers.and(
  z.object({
    hour: z.date(),
    user_id: z.string(),
    api_key_id: z.string(),
    model: z.string(),
    provider: z.string(),
    requests: z.coerce.number(),
    errors: z.coerce.number(),
    cost_nano_usd: nano,
  }),
);

export type RequestRow = z.infer<typeof RequestRow>;
export type AttemptRow = z.infer<typeof AttemptRow>;
export type EntryRow = z.infer<typeof EntryRow>;
export type CounterRow = z.infer<typeof CounterRow>;
export type HourRow = z.infer<typeof HourRow>;

/** The server's books, as they lie in its database. */
export interface Ledger {
  requests: RequestRow[];
  attempts: AttemptRow[];
  entries: EntryRow[];
  counters: CounterRow[];
  hours: HourRow[];
  /** Requests that the sums by the hour do not have yet. */
  unrolled: string[];
}

const readAll = async (database: Database): Promise<Ledger> => ({
  requests: await database.rows(RequestRow, "select * from usage_requests order by request_id"),
  attempts: await database.rows(AttemptRow, "select * from usage_attempts order by request_id, seq"),
  entries: await database.rows(EntryRow, "select * from usage_entries order by request_id, kind"),
  counters: await database.rows(CounterRow, "select * from usage_counters order by subject, period"),
  hours: await database.rows(
    HourRow,
    `select hour, user_id, api_key_id, model, provider, requests, errors, cost_nano_usd, ${buckets} from usage_hourly`,
  ),
  unrolled: (await database.rows(z.object({ request_id: z.string() }), "select request_id from usage_unrolled")).map(
    ({ request_id }) => request_id,
  ),
});

/** Reads the books of a server that has been stopped, from its own embedded database. */
export const readLedger = async (dataDir: string): Promise<Ledger> => {
  const postgres = await startEmbeddedPostgres({
    dataDirectory: dataDir,
    unprivilegedUser: "nobody",
    log: silentLog,
  });
  const database = createPgDatabase({ url: postgres.url(), log: silentLog });
  try {
    return await readAll(database);
  } finally {
    await database.close();
    await postgres.stop();
  }
};
