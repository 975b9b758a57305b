import { z } from "zod";
import type { Database } from "../../../platform/database/database.ts";
import { byIndex } from "./by-index.store.ts";

const WordRow = z.object({ word: z.string(), documents: z.coerce.number().int() });

/** Where a spelling mistake is looked for: titles, and the words of so many documents, newest first. */
const likeTitles = 50;
/** With words that begin as the mistaken one, or nearly so. */
const likeDocuments = 40;
const sampledDocuments = 20;
const likeWords = 20;

interface LikeWords {
  userId: string;
  word: string;
  /** Text of a tsquery for the owner's documents with words that begin like it. */
  likeBeginnings: string;
}

export const correctionStore = {
  /** Which of the queries any document of theirs matches. */
  matched: (database: Database, userId: string, queries: readonly string[]) =>
    byIndex(database, (transaction) =>
      transaction.rows(
        z.object({ found: z.boolean() }),
        `select exists (
           select from document_search where vector @@ query.text::tsquery and (user_id = $1) is true
         ) as found
         from unnest($2::text[]) with ordinality as query (text, number) order by number`,
        [userId, queries],
      ),
    ),

  /** Words of titles and tags, and of the newest texts, that are spelled like a word; with how many documents have them. */
  likeWords: (database: Database, { userId, word, likeBeginnings }: LikeWords) =>
    byIndex(database, async (transaction) => {
      await transaction.execute("select set_config('pg_trgm.word_similarity_threshold', '0.3', true)");
      return transaction.rows(
        WordRow,
        `select word, max(documents) as documents from (
           (select unnest(string_to_array(short_text, ' ')) as word, 1 as documents from (
             select short_text from document_search
             where user_id = $1 and $2 <% short_text order by word_similarity($2, short_text) desc limit ${likeTitles}
           ) titles)
           union all
           (select lexeme, 1 from (
             select vector from tags where user_id = $1 order by similarity(folded, $2) desc limit ${likeTitles}
           ) alike cross join unnest(tsvector_to_array(vector)) as lexeme)
           union all
           (select word, ndoc from ts_stat(format(
             '(select vector from document_search where vector @@ %1$L::tsquery and (user_id = %2$L) is true
               order by created_at desc limit ${likeDocuments})
              union all
              (select vector from document_search where user_id = %2$L order by created_at desc limit ${sampledDocuments})',
             $3::text, $1::text
           )))
         ) words
         where word ~ '^[[:alnum:]]' and length(word) between length($2) - 2 and length($2) + 2
           and similarity(word, $2) > 0.2
         group by word order by similarity(word, $2) desc, documents desc limit ${likeWords}`,
        [userId, word, likeBeginnings],
      );
    }),
};

export type CorrectionStore = typeof correctionStore;
