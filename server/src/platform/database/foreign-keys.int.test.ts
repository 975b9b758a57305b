import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../testing/test-database.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase.drop());

const Reference = z.object({ reference: z.string() });

it("every reference between rows can be looked up from its other end, or each deletion would read whole tables", async () => {
  const references = await testDatabase.database.rows(
    Reference,
    `select format('%s (%s)', conrelid::regclass, attname) as reference
     from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
     where contype = 'f'
       and not exists (select from pg_index where indrelid = conrelid and indkey[0] = conkey[1])
     order by 1`,
  );
  expect(references.map(({ reference }) => reference)).toEqual([]);
});
