import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLog } from "../log/log.ts";
import { createTestDatabase, migrationsDirectory } from "../testing/test-database.ts";
import { migrate } from "./migrations.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "migrations-"));
  await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
});
afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, sql: string) => writeFile(join(directory, name), sql);
const run = () => migrate({ database, directory, log: silentLog });
const tables = async () =>
  (
    await database.rows(
      z.object({ name: z.string() }),
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
  ).map(({ name }) => name);

describe("migrations", () => {
  it("are applied in order, once", async () => {
    await write("0002-more.sql", "ALTER TABLE things ADD COLUMN name text; INSERT INTO things VALUES (1, 'a')");
    await write("0001-things.sql", "CREATE TABLE things (id int)");
    expect(await run()).toEqual(["0001-things.sql", "0002-more.sql"]);
    expect(await run()).toEqual([]);
    await write("0003-other.sql", "CREATE TABLE other (id int)");
    expect(await run()).toEqual(["0003-other.sql"]);
  });

  it("are applied once by servers that start together", async () => {
    await write("0001-things.sql", "CREATE TABLE things (id int)");
    await write("0002-other.sql", "CREATE TABLE other (id int)");
    const applied = await Promise.all([run(), run(), run()]);
    expect(applied.flat().sort()).toEqual(["0001-things.sql", "0002-other.sql"]);
  });

  it("that fail leave nothing of themselves, keep those before, and are named", async () => {
    await write("0001-things.sql", "CREATE TABLE things (id int)");
    await write("0002-broken.sql", "CREATE TABLE half (id int); SELECT no_such_function()");
    await expect(run()).rejects.toThrow(/0002-broken\.sql failed: .*no_such_function/);
    expect(await tables()).toEqual(["migrations", "things"]);
    await write("0002-broken.sql", "CREATE TABLE whole (id int)");
    expect(await run()).toEqual(["0002-broken.sql"]);
  });

  it.each([
    ["was changed", () => write("0001-things.sql", "CREATE TABLE things (id bigint)"), /0001-things\.sql was changed/],
    ["is missing", () => rm(join(directory, "0002-other.sql")), /0002-other\.sql, which this version does not know/],
    ["comes too late", () => write("0001-aaa.sql", "SELECT 1"), /Two migrations have the number 0001/],
    ["has no number", () => write("things.sql", "SELECT 1"), /things\.sql has a wrong name/],
  ])("refuse a database or folder in which one %s", async (_name, spoil, message) => {
    await write("0001-things.sql", "CREATE TABLE things (id int)");
    await write("0002-other.sql", "CREATE TABLE other (id int)");
    await run();
    await spoil();
    await expect(run()).rejects.toThrow(message);
  });

  it("refuse a number below one that is applied", async () => {
    await write("0001-things.sql", "CREATE TABLE things (id int)");
    await write("0003-other.sql", "CREATE TABLE other (id int)");
    await run();
    await write("0002-late.sql", "CREATE TABLE late (id int)");
    await expect(run()).rejects.toThrow(/0002-late\.sql comes before 0003-other\.sql/);
  });

  it("of this server apply to an empty database", async () => {
    const applied = await migrate({ database, directory: migrationsDirectory, log: silentLog });
    expect(applied.length).toBeGreaterThan(0);
  });
});
