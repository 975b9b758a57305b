import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";

const Id = z.object({ id: z.string() });
const Count = z.object({ count: z.coerce.number().int() });
const Locked = z.object({ locked: z.boolean() });

/** More changes than this are added up before they are read again. */
const maxChanges = 1000;

/**
 * On how many documents `tags tag` stand in which state, with the tables to read it from; $1 is their owner. It is what
 * was added up and the changes since.
 */
export const usesOf = `
  coalesce(uses.accepted, 0) + coalesce(changes.accepted, 0) + coalesce(uses.suggested, 0)
    + coalesce(changes.suggested, 0) as documents,
  coalesce(uses.accepted, 0) + coalesce(changes.accepted, 0) as accepted,
  coalesce(uses.suggested, 0) + coalesce(changes.suggested, 0) as suggested,
  coalesce(uses.rejected, 0) + coalesce(changes.rejected, 0) as rejected
from tags tag left join tag_uses uses on uses.tag_id = tag.id
left join (
  select tag_id,
    sum(documents) filter (where state = 'accepted') as accepted,
    sum(documents) filter (where state = 'suggested') as suggested,
    sum(documents) filter (where state in ('edited', 'rejected')) as rejected
  from tag_use_changes where user_id = $1 group by tag_id
) changes on changes.tag_id = tag.id`;

/** The triggers of the migration write a change wherever a document gets or loses a tag. */
export const tagUsesStore = {
  async hasManyChanges(queryable: Queryable, userId: string): Promise<boolean> {
    const text = `select count(*) as count from (
      select from tag_use_changes where user_id = $1 limit ${maxChanges + 1}
    ) changes`;
    return ((await queryable.row(Count, text, [userId]))?.count ?? 0) > maxChanges;
  },

  /** Adds up the changes of a person's tags; nothing when somebody else is at it. */
  async addUpChanges(transaction: Queryable, userId: string): Promise<void> {
    const lock = "select pg_try_advisory_xact_lock(hashtextextended($1, 29)) as locked";
    if ((await transaction.row(Locked, lock, [userId]))?.locked !== true) return;
    // The rows that are written refer to the tags: these are locked as everybody does it.
    const tags = await transaction.rows(
      Id,
      `select id from tags where user_id = $1 and id in (select tag_id from tag_use_changes where user_id = $1)
       order by folded collate "C" for key share`,
      [userId],
    );
    await transaction.execute(
      `with taken as (
         delete from tag_use_changes where user_id = $1 and tag_id = any($2::text[])
         returning tag_id, state, documents
       )
       insert into tag_uses (tag_id, accepted, suggested, rejected)
       select tag_id,
         coalesce(sum(documents) filter (where state = 'accepted'), 0),
         coalesce(sum(documents) filter (where state = 'suggested'), 0),
         coalesce(sum(documents) filter (where state in ('edited', 'rejected')), 0)
       from taken group by tag_id
       on conflict (tag_id) do update set
         accepted = tag_uses.accepted + excluded.accepted,
         suggested = tag_uses.suggested + excluded.suggested,
         rejected = tag_uses.rejected + excluded.rejected`,
      [userId, tags.map(({ id }) => id)],
    );
  },
};

export type TagUsesStore = typeof tagUsesStore;
