import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../platform/ids.ts";
import { reservationOf, settlementOf } from "./testing/usage-requests.ts";
import { createUsageWorld } from "./testing/usage-world.ts";

const world = await createUsageWorld();
const { database, clock, usage, addUser, callerOf } = world;
afterAll(() => world.close());

const count = z.object({ count: z.coerce.number() });
const tables = ["usage_requests", "usage_entries", "usage_attempts"];
const rowsOf = async (requestId: string): Promise<number[]> => {
  const counts = tables.map((table) =>
    database.row(count, `select count(*) from ${table} where request_id = $1`, [requestId]),
  );
  return (await Promise.all(counts)).map((row) => row?.count ?? -1);
};

/** A request that is held, tried once and charged. */
async function settledOf(userId: string): Promise<string> {
  const request = { requestId: newId("request"), caller: callerOf(userId), startedAt: clock.now() };
  await usage.meter.reserve(reservationOf(request));
  const tried = { deployment: "dep_1", provider: "tuned", priceModel: "my-model", upstreamModel: "my-model" };
  const attempts = [{ ...tried, outcome: "completed" as const, errorCode: null, latencyMs: 1 }];
  await usage.meter.settle(settlementOf({ ...request, attempts }));
  await world.flush();
  return request.requestId;
}

const entry = (userId: string, priceId: string | null) =>
  database.execute(
    `insert into usage_entries (request_id, kind, user_id, amount_nano_usd, price_id, created_at)
     values ($1, 'hold', $2, 0, $3, now()), ($4, 'hold', $5, 0, null, now())`,
    [newId("request"), userId, priceId, newId("request"), ada],
  );
const ada = await addUser();

describe("a row of the ledger", () => {
  it("names a person, a price and a request that exist, or nothing of its statement is written", async () => {
    const before = await database.row(count, "select count(*) from usage_entries");
    await expect(entry(newId("user"), null)).rejects.toMatchObject({ code: "23503" });
    await expect(entry(ada, "price_nobodys")).rejects.toMatchObject({ code: "23503" });
    expect(await database.row(count, "select count(*) from usage_entries")).toEqual(before);
    const requestId = await settledOf(ada);
    for (const column of ["user_id", "price_id"]) {
      const changed = database.execute(`update usage_requests set ${column} = 'nobodys' where request_id = $1`, [
        requestId,
      ]);
      await expect(changed).rejects.toMatchObject({ code: "23503" });
    }
    const attempt = database.execute(
      `insert into usage_attempts (request_id, seq, deployment, provider, upstream_model, outcome, latency_ms)
       values ('req_nobodys', 1, 'd', 'p', 'm', 'completed', 1)`,
    );
    await expect(attempt).rejects.toMatchObject({ code: "23503" });
  });

  it("keeps the price that it was charged by", async () => {
    await settledOf(ada);
    await expect(database.execute("delete from prices")).rejects.toMatchObject({ code: "23503" });
  });

  it("goes with its person, and a request with what was tried for it", async () => {
    const [gone, stays] = [await addUser(), await addUser()];
    const [ofGone, ofOther] = [await settledOf(gone), await settledOf(stays)];
    expect(await rowsOf(ofGone)).toEqual([1, 3, 1]);
    await database.execute("delete from users where id = $1", [gone]);
    expect([await rowsOf(ofGone), await rowsOf(ofOther)]).toEqual([
      [0, 0, 0],
      [1, 3, 1],
    ]);
  });

  it("waits for whoever removes its person, and is refused then", async () => {
    const leaving = await addUser();
    const [removed, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const removing = database.transaction(async (transaction) => {
      await transaction.execute("delete from users where id = $1", [leaving]);
      removed.resolve();
      await decided.promise;
    });
    await removed.promise;
    const written = entry(leaving, null).then(
      () => "written",
      (error: unknown) => error,
    );
    const blocked =
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    await expect.poll(() => database.row(count, blocked)).toEqual({ count: 1 });
    decided.resolve();
    await removing;
    expect(await written).toMatchObject({ code: "23503" });
    expect(await database.row(count, "select count(*) from usage_entries where user_id = $1", [leaving])).toEqual({
      count: 0,
    });
  });
});
