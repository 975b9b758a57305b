import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "./test-database.ts";

const first = await createTestDatabase();
const second = await createTestDatabase();
afterAll(async () => {
  await first.drop();
  await second.drop();
});

const Count = z.object({ count: z.coerce.number() });

describe("a test database", () => {
  it("has the migrations applied", async () => {
    const row = await first.database.row(Count, "SELECT count(*) FROM migrations");
    expect(row?.count).toBeGreaterThan(0);
  });

  it("is separate from others of the same run", async () => {
    await first.database.execute("CREATE TABLE only_here (id int)");
    await expect(second.database.execute("SELECT * FROM only_here")).rejects.toMatchObject({ code: "42P01" });
  });

  it("is gone after it was dropped", async () => {
    const third = await createTestDatabase();
    await third.drop();
    const name = new URL(third.url).pathname.slice(1);
    expect(
      await first.database.row(z.object({}), "SELECT 1 FROM pg_database WHERE datname = $1", [name]),
    ).toBeUndefined();
  });
});
