import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { PagePosition } from "../../platform/paging/cursor.ts";
import { storableJson } from "../../platform/text/storable-text.ts";

const storedRow = z.object({
  id: z.string(),
  response: z.record(z.string(), z.unknown()),
  input: z.array(z.unknown()),
  created_at: z.date(),
});
export type StoredResponseRow = z.infer<typeof storedRow>;

const columns = Object.keys(storedRow.shape).join(", ");

/** The same answer again changes nothing. */
const insert = (queryable: Queryable, { userId, row }: { userId: string; row: StoredResponseRow }): Promise<number> =>
  queryable.execute(
    `insert into stored_responses (user_id, id, response, input, created_at)
     values ($1, $2, $3::jsonb, $4::jsonb, $5) on conflict (user_id, id) do nothing`,
    [userId, row.id, storableJson(row.response), storableJson(row.input), row.created_at],
  );

const find = (
  queryable: Queryable,
  { userId, id, since }: { userId: string; id: string; since: Date },
): Promise<StoredResponseRow | undefined> =>
  queryable.row(
    storedRow,
    `select ${columns} from stored_responses where user_id = $1 and id = $2 and created_at >= $3`,
    [userId, id, since],
  );

const list = (
  queryable: Queryable,
  { userId, after, limit }: { userId: string; after: PagePosition | null; limit: number },
): Promise<StoredResponseRow[]> =>
  queryable.rows(
    storedRow,
    `select ${columns} from stored_responses
     where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
     order by created_at desc, id desc limit $4`,
    [userId, after?.createdAt ?? null, after?.id ?? null, limit],
  );

const remove = (queryable: Queryable, { userId, id }: { userId: string; id: string }): Promise<number> =>
  queryable.execute("delete from stored_responses where user_id = $1 and id = $2", [userId, id]);

const removeBefore = (queryable: Queryable, before: Date): Promise<number> =>
  queryable.execute("delete from stored_responses where created_at < $1", [before]);

export const storedResponsesStore = { insert, find, list, remove, removeBefore };
export type StoredResponsesStore = typeof storedResponsesStore;
