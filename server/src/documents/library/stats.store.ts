import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import { usesOf } from "./tags/tag-uses.store.ts";

const count = z.coerce.number().int();
const TotalsRow = z.object({
  total: count,
  completed: count,
  failed: count,
  pages: count,
  bytes: count,
  cost_nano_usd: z.coerce.number(),
});
const Grouped = z.object({ value: z.string(), count });
const Day = z.object({ day: z.string(), documents: count });

export const statsStore = {
  totals: (queryable: Queryable, userId: string) =>
    queryable.row(
      TotalsRow,
      `select count(*) as total,
         count(*) filter (where status = 'completed') as completed,
         count(*) filter (where status = 'failed') as failed,
         coalesce(sum(page_count), 0) as pages,
         coalesce(sum(bytes) filter (where object_key is not null), 0) as bytes,
         coalesce(sum(cost_nano_usd), 0) as cost_nano_usd
       from documents where user_id = $1`,
      [userId],
    ),

  languages: (queryable: Queryable, userId: string) =>
    queryable.rows(
      Grouped,
      `select language as value, count(*) as count from documents
       where user_id = $1 and language is not null group by 1 order by 2 desc, 1 limit 100`,
      [userId],
    ),

  /**
   * What counts or waits is kept with each tag, so that it need not be counted on every document. What was decided against
   * a tag is rarer, and may be of a tag that is gone.
   */
  tagStates: (queryable: Queryable, userId: string) =>
    queryable.rows(
      Grouped,
      `with counted as (select ${usesOf} where user_id = $1)
       select 'accepted' as value, sum(accepted) as count from counted having sum(accepted) > 0
       union all
       select 'suggested', sum(suggested) from counted having sum(suggested) > 0
       union all
       select state, count(*) from (
         select state from document_tags join tags on tags.id = tag_id where user_id = $1 and state in ('edited', 'rejected')
         union all
         select state from document_tags join documents on documents.id = document_id
         where user_id = $1 and tag_id is null and state in ('edited', 'rejected')
       ) against group by state
       order by 1`,
      [userId],
    ),

  /** Each day (UTC) up to today, also those without documents. */
  days: (queryable: Queryable, userId: string, { now, days }: { now: Date; days: number }) =>
    queryable.rows(
      Day,
      `with day as (
         select (($2::timestamptz at time zone 'UTC')::date - ago) as day from generate_series(0, $3 - 1) as ago
       )
       select to_char(day.day, 'YYYY-MM-DD') as day, count(id) as documents
       from day left join documents on user_id = $1
         and created_at >= day.day::timestamp at time zone 'UTC'
         and created_at < (day.day + 1)::timestamp at time zone 'UTC'
       group by day.day order by day.day`,
      [userId, now, days],
    ),
};

export type StatsStore = typeof statsStore;
