import { describeLimiter } from "@llm-tuner/gateway/admit/limiter.suite.ts";
import type { Demand } from "@llm-tuner/gateway/admit/limiter.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createPgDatabase } from "../../platform/database/pg-database.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { limitsStore } from "./limits.store.ts";
import { createPostgresLimiter } from "./postgres-limiter.ts";

const leaseMs = 60_000;

/** Two processes on one database. */
async function openTwoNodes(clock: { nowMs?: () => number } = {}) {
  const { database, url, drop } = await createTestDatabase();
  const other = createPgDatabase({ url, log: silentLog, poolSize: 4 });
  const common = { store: limitsStore, leaseMs, ...clock };
  return {
    database,
    limiter: createPostgresLimiter({ database, ...common }),
    otherNode: createPostgresLimiter({ database: other, ...common }),
    async end() {
      await other.close();
      await drop();
    },
  };
}

function createWatch() {
  let now = Date.UTC(2026, 10, 21, 12);
  return { nowMs: () => now, advance: (ms: number) => void (now += ms) };
}

describeLimiter("PostgreSQL", async () => {
  const { nowMs, advance } = createWatch();
  const nodes = await openTwoNodes({ nowMs });
  return { ...nodes, leaseMs, advance, tidy: () => nodes.otherNode.tidy() };
});

const tokens = (subject: string, amount: number): Demand => ({
  kind: "tokens",
  subject,
  model: null,
  limit: 1000,
  amount,
});
const place = (subject: string): Demand => ({ kind: "concurrent", subject, model: null, limit: 2, amount: 1 });

describe("limits in the database", () => {
  const watch = createWatch();
  let nodes: Awaited<ReturnType<typeof openTwoNodes>>;
  beforeAll(async () => {
    nodes = await openTwoNodes(watch);
  });
  afterAll(() => nodes.end());
  const countOf = async (table: "limit_levels" | "limit_holds") =>
    (await nodes.database.row(z.object({ count: z.coerce.number() }), `select count(*) from ${table}`))?.count;

  it("do not wait for each other while the other waits for them, whatever the order", async () => {
    const { limiter, otherNode } = nodes;
    const subjects = Array.from({ length: 6 }, (_, index) => `user:${index}`);
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const demands = subjects
          .filter((_subject, place) => (index >> (place % 4)) % 2 === place % 2)
          .map((name) => tokens(name, 1));
        const id = `crossed_${index}`;
        await (index % 2 === 0 ? limiter : otherNode).reserve(id, index % 3 === 0 ? demands.toReversed() : demands);
        await Promise.all([limiter.extend([id]), otherNode.settle(id, { tokens: 0, nanoUsd: 0 })]);
      }),
    );
    const { states } = await limiter.reserve(
      "after",
      subjects.map((name) => tokens(name, 0)),
    );
    expect(states.map(({ remaining }) => remaining)).toEqual([1000, 1000, 1000, 1000, 1000, 1000]);
    await limiter.settle("after", { tokens: 0, nanoUsd: 0 });
  });

  it("are tidied of dead processes' requests and of what says nothing any more, by any node", async () => {
    const { limiter, otherNode } = nodes;
    await limiter.reserve("dead", [place("user:tidy"), tokens("user:tidy", 5)]);
    await limiter.reserve("alive", [place("user:tidy")]);
    watch.advance(leaseMs - 1);
    await limiter.extend(["alive"]);
    watch.advance(1);
    await otherNode.tidy();
    expect((await otherNode.reserve("look", [{ ...place("user:tidy"), amount: 0 }])).states[0]?.remaining).toBe(1);
    await otherNode.settle("look", { tokens: 0, nanoUsd: 0 });
    await limiter.settle("alive", { tokens: 0, nanoUsd: 0 });
    expect(await countOf("limit_levels")).toBeGreaterThan(6);
    watch.advance(600_001);
    await Promise.all([limiter.tidy(), otherNode.tidy()]);
    expect([await countOf("limit_levels"), await countOf("limit_holds")]).toEqual([0, 0]);
  });

  it("refuse one faulty request of a group and decide the others", async () => {
    const { limiter } = nodes;
    const outcomes = await Promise.allSettled([
      limiter.reserve("good_1", [tokens("user:group", 1)]),
      limiter.reserve("bad", [tokens("user:group", -1)]),
      limiter.reserve("good_2", [tokens("user:group", 1)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("go by the clock of the database and not by that of a process", async () => {
    const { database } = nodes;
    const limiter = createPostgresLimiter({ database, store: limitsStore });
    await limiter.reserve("timed", [tokens("user:timed", 1)]);
    const row = await database.row(
      z.object({ away_ms: z.coerce.number() }),
      `select abs(at_ms - extract(epoch from clock_timestamp()) * 1000) as away_ms
       from limit_levels where name = 'tokens user:timed'`,
    );
    expect(row?.away_ms).toBeLessThan(60_000);
    // The other clock of this test stands in another year.
    expect(Math.abs(Date.now() - watch.nowMs())).toBeGreaterThan(0);
  });

  it("lose nothing that other requests took when the database refuses a change", async () => {
    const { database, limiter } = nodes;
    await limiter.reserve("before", [tokens("user:refused", 10)]);
    await database.execute("alter table limit_holds add constraint refused check (request_id <> 'refused')");
    await expect(limiter.reserve("refused", [tokens("user:refused", 10)])).rejects.toThrow("refused");
    await database.execute("alter table limit_holds drop constraint refused");
    expect((await limiter.reserve("after-refused", [tokens("user:refused", 0)])).states[0]?.remaining).toBe(990);
  });
});
