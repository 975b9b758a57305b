import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { Queryable } from "../platform/database/database.ts";
import { newId } from "../platform/ids.ts";
import { createUsageWorld } from "./testing/usage-world.ts";
import { encodedSettled, usageStore } from "./usage.store.ts";

const world = await createUsageWorld();
const { database, clock, addUser } = world;
afterAll(() => world.close());

const PlanNode = z.object({
  "Relation Name": z.string().optional(),
  "Actual Rows": z.number(),
  "Actual Loops": z.number(),
  "Rows Removed by Filter": z.number().default(0),
  get Plans() {
    return z.array(PlanNode).default([]);
  },
});
type PlanNode = z.output<typeof PlanNode>;
const planRow = z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: PlanNode })]) });

/** How many rows of a table a plan looked at when it ran. */
const rowsRead = (node: PlanNode, table: string): number => {
  const own = (node["Actual Rows"] + node["Rows Removed by Filter"]) * node["Actual Loops"];
  const isRead = node["Relation Name"] === table && node.Plans.every((inner) => inner["Relation Name"] === undefined);
  return node.Plans.reduce((sum, inner) => sum + rowsRead(inner, table), isRead ? own : 0);
};

/** Runs what a store asks with its plan, and leaves nothing of it. */
async function planOf(work: (queryable: Queryable) => Promise<unknown>): Promise<PlanNode> {
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const listen: Queryable = {
    async rows(_schema, text, values = []) {
      asked.push({ text, values });
      return [];
    },
    row: async () => undefined,
    execute: async () => 0,
  };
  await work(listen);
  const [{ text, values } = { text: "", values: [] }] = asked;
  const row = await database.row(planRow, `explain (analyze, format json) ${text}`, values);
  if (row === undefined) throw new Error("There is no plan.");
  return row["QUERY PLAN"][0].Plan;
}

it("looks for the hold of a settlement alone, however many there are of which the planner knows nothing", async () => {
  const userId = await addUser();
  await database.execute(
    `insert into usage_entries (request_id, kind, user_id, amount_nano_usd, created_at)
     select 'req_' || number, 'hold', $1, 0, now() from generate_series(1, 5000) as number`,
    [userId],
  );
  const settled = Array.from({ length: 3 }, (_, index) =>
    encodedSettled({
      ...countsOf(noUsage),
      request_id: index === 0 ? newId("request") : `req_${index}`,
      user_id: userId,
      api_key_id: null,
      model: "m",
      price_model: "m",
      provider: "tuned",
      operation: "chat/completions",
      stream: false,
      usage_source: "reported",
      policy: "reported",
      service_tier: null,
      upstream_id: null,
      cost_nano_usd: 0,
      price_id: null,
      outcome: "completed",
      error_code: null,
      latency_ms: 1,
      first_byte_ms: null,
      started_at: clock.now(),
      created_at: clock.now(),
      counted: [],
      attempts: [],
    }),
  );
  const plan = await planOf((queryable) => usageStore.insertSettled(queryable, settled));
  expect(rowsRead(plan, "usage_entries")).toBeLessThan(100);
});
