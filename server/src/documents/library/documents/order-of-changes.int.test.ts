import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createLibraryWorld, type LibraryWorld } from "../testing/library-world.ts";
import { until } from "../../../platform/testing/until.ts";

let world: LibraryWorld;
beforeAll(async () => {
  world = await createLibraryWorld();
});
afterAll(() => world.close());

const Waiting = z.object({ count: z.coerce.number() });
const Revision = z.object({ id: z.string(), revision: z.coerce.number() });

async function somebodyWaits(): Promise<boolean> {
  const text = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  return ((await world.database.row(Waiting, text))?.count ?? 0) > 0;
}

it("gives a decision its place among the changes of a job in the order in which they can be seen", async () => {
  const [decided, worked] = [await world.add({ tags: ["Invoice"] }), await world.add()];
  let isDecided = false;
  let answering: ReturnType<LibraryWorld["call"]> | undefined;
  await world.database.transaction(async (transaction) => {
    // As a worker does that has something to write down: whoever watches may not have seen it yet.
    const text = "select id from document_jobs where id = (select job_id from documents where id = $1) for update";
    await transaction.execute(text, [worked]);
    answering = world.call("PATCH", `/api/history/documents/${decided}`, { body: { title: "Decided" } });
    void answering.then(() => (isDecided = true));
    await until(async () => isDecided || (await somebodyWaits()));
    const change = "update documents set revision = nextval('document_revisions') where id = $1";
    await transaction.execute(change, [worked]);
  });
  expect((await answering)?.statusCode).toBe(200);
  const rows = await world.database.rows(Revision, "select id, revision from documents order by revision");
  expect(rows.map(({ id }) => id)).toEqual([worked, decided]);
});
