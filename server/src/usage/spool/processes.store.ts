import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

/** Says that a process lives. By the clock of the database, since those of machines may differ. */
const beat = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute(
    `insert into usage_processes (id, started_at, seen_at) values ($1, now(), now())
     on conflict (id) do update set seen_at = excluded.seen_at`,
    [id],
  );

/** Processes that have not been seen for so long. */
const notSeenFor = async (queryable: Queryable, seconds: number): Promise<string[]> => {
  const rows = await queryable.rows(
    z.object({ id: z.string() }),
    "select id from usage_processes where seen_at < now() - make_interval(secs => $1) order by seen_at",
    [seconds],
  );
  return rows.map(({ id }) => id);
};

const remove = (queryable: Queryable, id: string): Promise<number> =>
  queryable.execute("delete from usage_processes where id = $1", [id]);

export const processesStore = { beat, notSeenFor, remove };
export type ProcessesStore = typeof processesStore;
