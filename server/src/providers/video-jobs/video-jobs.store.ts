import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { PagePosition } from "../../platform/paging/cursor.ts";
import { storableJson, storableText } from "../../platform/text/storable-text.ts";

const videoRow = z.object({
  id: z.string(),
  user_id: z.string(),
  request_id: z.string(),
  deployment: z.string(),
  provider: z.string(),
  upstream_id: z.string(),
  model: z.string(),
  video: z.record(z.string(), z.unknown()),
  created_at: z.date(),
  given_back_at: z.date().nullable(),
});
export type VideoJobRow = z.infer<typeof videoRow>;

const columns = Object.keys(videoRow.shape).join(", ");

const insert = (queryable: Queryable, row: Omit<VideoJobRow, "given_back_at">): Promise<number> =>
  queryable.execute(
    `insert into video_jobs (id, user_id, request_id, deployment, provider, upstream_id, model, video, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)`,
    [
      row.id,
      row.user_id,
      row.request_id,
      row.deployment,
      row.provider,
      storableText(row.upstream_id),
      storableText(row.model),
      storableJson(row.video),
      row.created_at,
    ],
  );

const find = (
  queryable: Queryable,
  { userId, id, since }: { userId: string; id: string; since: Date },
): Promise<VideoJobRow | undefined> =>
  queryable.row(videoRow, `select ${columns} from video_jobs where user_id = $1 and id = $2 and created_at >= $3`, [
    userId,
    id,
    since,
  ]);

const list = (
  queryable: Queryable,
  { userId, after, limit }: { userId: string; after: PagePosition | null; limit: number },
): Promise<VideoJobRow[]> =>
  queryable.rows(
    videoRow,
    `select ${columns} from video_jobs
     where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
     order by created_at desc, id desc limit $4`,
    [userId, after?.createdAt ?? null, after?.id ?? null, limit],
  );

const remove = (queryable: Queryable, { userId, id }: { userId: string; id: string }): Promise<number> =>
  queryable.execute("delete from video_jobs where user_id = $1 and id = $2", [userId, id]);

const removeBefore = (queryable: Queryable, before: Date): Promise<number> =>
  queryable.execute("delete from video_jobs where created_at < $1", [before]);

const isGivenBackRow = z.object({ is_given_back: z.boolean() });
/** False also for one that is not there. */
const isGivenBack = async (queryable: Queryable, id: string): Promise<boolean> =>
  (
    await queryable.row(
      isGivenBackRow,
      "select given_back_at is not null as is_given_back from video_jobs where id = $1",
      [id],
    )
  )?.is_given_back ?? false;

const markGivenBack = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<number> =>
  queryable.execute("update video_jobs set given_back_at = $2 where id = $1 and given_back_at is null", [id, at]);

export const videoJobsStore = { insert, find, list, remove, removeBefore, isGivenBack, markGivenBack };
export type VideoJobsStore = typeof videoJobsStore;
