import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

/** With the space or mark behind it. */
const charactersPerWord = 6.5;

const EarlierRow = z.object({
  documents: z.coerce.number(),
  few: z.coerce.number().nullable(),
  mean: z.coerce.number().nullable(),
  many: z.coerce.number().nullable(),
});

/** How long a person's last documents were, in characters; undefined where there are none. */
export async function earlierDocuments(
  queryable: Queryable,
  userId: string,
): Promise<{ documents: number; few: number; mean: number; many: number } | undefined> {
  const row = await queryable.row(
    EarlierRow,
    `select count(*) as documents, percentile_cont(0.25) within group (order by word_count) as few,
       avg(word_count) as mean, percentile_cont(0.75) within group (order by word_count) as many
     from (
       select word_count from documents
       where user_id = $1 and status = 'completed' and word_count is not null
       order by created_at desc, id desc limit 500
     ) as last`,
    [userId],
  );
  if (row === undefined || row.documents === 0) return undefined;
  const characters = (words: number | null) => Math.ceil((words ?? 0) * charactersPerWord);
  return {
    documents: row.documents,
    few: characters(row.few),
    mean: characters(row.mean),
    many: characters(row.many),
  };
}
