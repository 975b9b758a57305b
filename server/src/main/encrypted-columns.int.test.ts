import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { encryptedColumns } from "./encrypted-columns.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);

const columnRow = z.object({ table: z.string(), column: z.string(), type: z.string() });
const columnsOf = (type: string) =>
  database.rows(
    columnRow,
    `select table_name as table, column_name as column, data_type as type from information_schema.columns
     where table_schema = 'public' and data_type = $1 order by table_name, column_name`,
    [type],
  );

/** Names that say that the bytes are a digest: they are compared, never decrypted. */
const isDigest = (column: string): boolean => /(^|_)(hash|mac|digest)$/.test(column) && column !== "mac_key";

describe("the encrypted columns", () => {
  it("SEC-37: are all declared, so that a new master key reaches them", async () => {
    const stored = (await columnsOf("bytea")).filter(({ column }) => !isDigest(column));
    const names = stored.map(({ table, column }) => `${table}.${column}`);
    expect(names).toEqual(encryptedColumns.map(({ table, column }) => `${table}.${column}`).toSorted());
  });

  it("have a text column that names their row", async () => {
    const texts = new Set((await columnsOf("text")).map(({ table, column }) => `${table}.${column}`));
    expect(encryptedColumns.filter(({ table, key }) => !texts.has(`${table}.${key}`))).toEqual([]);
  });
});
