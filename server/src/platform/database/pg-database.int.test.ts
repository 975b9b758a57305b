import { EventEmitter, once } from "node:events";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLog, silentLog } from "../log/log.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { createPgDatabase } from "./pg-database.ts";
import { isRefusedData, isUniqueViolation } from "./postgres-errors.ts";

const { database, url, drop } = await createTestDatabase();
await database.execute(
  "CREATE TABLE parents (id text CONSTRAINT parents_key PRIMARY KEY, amount bigint CONSTRAINT amount_range CHECK (amount > 0))",
);
beforeEach(async () => {
  await database.execute("TRUNCATE parents");
});
afterAll(drop);

const Parent = z.object({ id: z.string(), amount: z.coerce.bigint() });
const insert = (id: string, amount: bigint | number = 1) =>
  database.execute("INSERT INTO parents (id, amount) VALUES ($1, $2)", [id, amount]);
const ids = async () => (await database.rows(Parent, "SELECT * FROM parents ORDER BY id")).map(({ id }) => id);

describe("statements", () => {
  it("give rows that were parsed by the store's schema, big integers without loss", async () => {
    await insert("a", 9_007_199_254_740_993n);
    expect(await database.row(Parent, "SELECT * FROM parents")).toEqual({ id: "a", amount: 9_007_199_254_740_993n });
    expect(await database.row(Parent, "SELECT * FROM parents WHERE id = $1", ["b"])).toBeUndefined();
  });

  it("fail with the statement's text when a row has another shape", async () => {
    await insert("a");
    await expect(database.rows(z.object({ name: z.string() }), "SELECT * FROM parents")).rejects.toThrow(
      /SELECT \* FROM parents/,
    );
  });

  it("tell how many rows they changed", async () => {
    await insert("a");
    await insert("b");
    expect(await database.execute("UPDATE parents SET amount = 2")).toBe(2);
  });

  it("never take a value for a part of the statement", async () => {
    await insert("'); DROP TABLE parents; --");
    expect(await ids()).toEqual(["'); DROP TABLE parents; --"]);
  });

  it("are ended by the database when they take too long", async () => {
    const impatient = createPgDatabase({ url, log: silentLog, statementTimeoutMs: 50 });
    await expect(impatient.execute("SELECT pg_sleep(30)")).rejects.toThrow(/statement timeout/);
    await impatient.close();
  });
});

describe("a transaction", () => {
  it("is there as a whole or not at all", async () => {
    const failing = database.transaction(async (transaction) => {
      await transaction.execute("INSERT INTO parents VALUES ('a', 1)");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await ids()).toEqual([]);
    const result = await database.transaction(async (transaction) => {
      await transaction.execute("INSERT INTO parents VALUES ('a', 1)");
      return "done";
    });
    expect([result, await ids()]).toEqual(["done", ["a"]]);
  });

  it("frees its connection after a failed statement", async () => {
    const small = createPgDatabase({ url, log: silentLog, poolSize: 1 });
    for (let turn = 0; turn < 3; turn++) {
      await expect(small.transaction((transaction) => transaction.execute("SELECT 1/0"))).rejects.toThrow(
        /division by zero/,
      );
    }
    expect(await small.execute("SELECT 1")).toBe(1);
    await small.close();
  });

  it("fails when its connection is cut, and the next one works", async () => {
    const cut = database.transaction(async (transaction) => {
      const row = await transaction.row(z.object({ pid: z.number() }), "SELECT pg_backend_pid() AS pid");
      await transaction.execute("INSERT INTO parents VALUES ('a', 1)");
      await database.execute("SELECT pg_terminate_backend($1)", [row?.pid]);
      await transaction.execute("INSERT INTO parents VALUES ('b', 1)");
    });
    // What is heard first is a race: the server's farewell, the closed socket, or that nothing can be written to it.
    await expect(cut).rejects.toThrow(/terminat|connection error|EPIPE|ECONNRESET/i);
    await insert("c");
    expect(await ids()).toEqual(["c"]);
  });
});

describe("a refused row", () => {
  it("is told by its constraint, and from a fault that may pass", async () => {
    await insert("a");
    const unique = await insert("a").catch((error: unknown) => error);
    const check = await insert("b", -1).catch((error: unknown) => error);
    const errors = [unique, check, new Error("parents_key")];
    expect(errors.map((error) => isUniqueViolation(error, "parents_key"))).toEqual([true, false, false]);
    expect(errors.map(isRefusedData)).toEqual([true, true, false]);
    expect([isUniqueViolation(unique, "other"), isUniqueViolation(check, "amount_range")]).toEqual([false, false]);
  });
});

describe("notifications", () => {
  /** Hears a channel and waits for the n-th payload. */
  async function hear(channel: string) {
    const heard: string[] = [];
    const news = new EventEmitter();
    const end = await database.listen(channel, (payload) => {
      heard.push(payload);
      news.emit("heard");
    });
    const until = async (count: number) => {
      while (heard.length < count) await once(news, "heard");
      return heard;
    };
    return { until, end, heard };
  }
  const notify = (channel: string, payload: string) => database.execute("SELECT pg_notify($1, $2)", [channel, payload]);

  it("arrive on their channel, at everyone who listens", async () => {
    const [first, second, other] = await Promise.all([hear("one"), hear("one"), hear("Two; DROP")]);
    await notify("one", "a");
    await notify("Two; DROP", "b");
    expect(await Promise.all([first.until(1), second.until(1), other.until(1)])).toEqual([["a"], ["a"], ["b"]]);
    await Promise.all([first.end(), second.end(), other.end()]);
  });

  it("stop for the one who stopped listening", async () => {
    const [leaving, staying] = [await hear("three"), await hear("three")];
    await leaving.end();
    await notify("three", "a");
    expect([await staying.until(1), leaving.heard]).toEqual([["a"], []]);
    await staying.end();
  });

  it("are heard again after the connection was lost", async () => {
    const again = Promise.withResolvers<void>();
    const stream = {
      write: (line: string) =>
        line.includes("listening for database notifications again") ? again.resolve() : undefined,
    };
    const listening = createPgDatabase({ url, log: createLog({ level: "info", stream }) });
    const heard = Promise.withResolvers<string>();
    await listening.listen("four", heard.resolve);
    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%four%'");
    await again.promise;
    await notify("four", "again");
    expect(await heard.promise).toBe("again");
    await listening.close();
  });
});
