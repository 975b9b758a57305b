import { randomBytes } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Database } from "../database/database.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { createEnvelope, DecryptionError } from "./envelope.ts";
import { masterKeysOf } from "./master-keys.ts";
import { requireReadable, rewrapAll } from "./rewrap.ts";

const { database, drop } = await createTestDatabase();
await database.execute("create table vault (id text primary key, content bytea, other bytea)");
afterAll(drop);

const columns = [
  { table: "vault", key: "id", column: "content" },
  { table: "vault", key: "id", column: "other" },
];
const [old, young] = [randomBytes(32), randomBytes(32)];
const before = createEnvelope(old);
const during = createEnvelope(masterKeysOf([young, old]));
const after = createEnvelope(young);

const rowsStored = 25;
const idOf = (index: number) => `row_${String(index).padStart(3, "0")}`;
const placeOf = (row: string, column = "content") => ({ table: "vault", row, column });
const vaultRow = z.object({ id: z.string(), content: z.instanceof(Uint8Array) });
const readAll = () => database.rows(vaultRow, "select id, content from vault order by id");
const put = (id: string, content: Uint8Array) =>
  database.execute("insert into vault (id, content) values ($1, $2)", [id, content]);

beforeEach(async () => {
  await database.execute("truncate vault");
  for (let index = 0; index < rowsStored; index += 1) {
    await put(idOf(index), before.encrypt(Buffer.from(`secret ${index}`), placeOf(idOf(index))));
  }
});

async function expectAllReadableWithout(): Promise<void> {
  const rows = await readAll();
  expect(rows.map(({ id, content }) => Buffer.from(after.decrypt(content, placeOf(id))).toString())).toEqual(
    rows.map((_row, index) => `secret ${index}`),
  );
}

/** The database of a process that is killed at its nth change. */
const breakingAt = (changes: number): Database => {
  let left = changes;
  return {
    ...database,
    execute(text, values) {
      if (left === 0) return Promise.reject(new Error("the process was killed"));
      left -= 1;
      return database.execute(text, values);
    },
  };
};

describe("bringing everything under a new master key", () => {
  it("SEC-37: reaches every row in batches, after which the old key may be dropped", async () => {
    const batches: number[] = [];
    const result = await rewrapAll({
      database,
      envelope: during,
      columns,
      batchSize: 10,
      onProgress: (_place, changed) => batches.push(changed),
    });
    expect(result).toEqual({ changed: rowsStored, unreadable: [] });
    expect(batches).toEqual([10, 20, 25, 25]);
    await expectAllReadableWithout();
  });

  it("SEC-37: goes on where it was cut off, and changes nothing when done once more", async () => {
    for (const changes of [3, 10]) {
      const broken = rewrapAll({ database: breakingAt(changes), envelope: during, columns, batchSize: 10 });
      await expect(broken).rejects.toThrow(/killed/);
    }
    // What was changed and what was not are both readable in between.
    for (const { id, content } of await readAll()) during.decrypt(content, placeOf(id));
    expect((await rewrapAll({ database, envelope: during, columns, batchSize: 10 })).changed).toBe(rowsStored - 13);
    const settled = await readAll();
    expect((await rewrapAll({ database, envelope: during, columns })).changed).toBe(0);
    expect(await readAll()).toEqual(settled);
    await expectAllReadableWithout();
  });

  it("does not overwrite what a server writes at the same moment", async () => {
    const id = idOf(4);
    const written = during.encrypt(Buffer.from("written meanwhile"), placeOf(id));
    const meanwhile: Database = {
      ...database,
      async execute(text, values) {
        if (values?.[0] === id) await database.execute("update vault set content = $2 where id = $1", [id, written]);
        return database.execute(text, values);
      },
    };
    await rewrapAll({ database: meanwhile, envelope: during, columns });
    const row = (await readAll()).find((candidate) => candidate.id === id);
    expect(Buffer.from(after.decrypt(row?.content ?? new Uint8Array(), placeOf(id))).toString()).toBe(
      "written meanwhile",
    );
  });

  it("SEC-37: leaves what it cannot read as it is, says which, and goes on with the rest", async () => {
    await put("row_damaged", Buffer.from("nonsense"));
    await put("row_foreign", createEnvelope(randomBytes(32)).encrypt(Buffer.from("x"), placeOf("row_foreign")));
    const { changed, unreadable } = await rewrapAll({ database, envelope: during, columns, batchSize: 4 });
    expect(changed).toBe(rowsStored);
    expect(unreadable).toEqual([
      expect.stringContaining("vault.content of row row_damaged"),
      expect.stringContaining("row_foreign: it was written under another master key"),
    ]);
  });

  it("takes names of tables and columns only", async () => {
    const column = { table: "vault; drop table vault", key: "id", column: "content" };
    await expect(rewrapAll({ database, envelope: during, columns: [column] })).rejects.toThrow(/not the name/);
  });
});

describe("the look at the stored secrets before a start", () => {
  it("takes keys that fit and refuses others", async () => {
    await requireReadable({ database, envelope: during, columns });
    await expect(requireReadable({ database, envelope: after, columns })).rejects.toThrow(DecryptionError);
    await database.execute("truncate vault");
    await requireReadable({ database, envelope: after, columns });
  });
});
