import { z } from "zod";
import type { Database } from "../../../platform/database/database.ts";
import { byIndex } from "./by-index.store.ts";

const WordsRow = z.object({ words: z.string() });

/** Where a spelling mistake is looked for: titles and tags, and the words of so many documents, newest first. */
const likeTitles = 50;
/** With words that begin as the mistaken one, or nearly so. */
const likeDocuments = 30;
const sampledDocuments = 20;

interface SoughtInTexts {
  userId: string;
  /** Text of a tsquery for the owner's documents that may have the word that was meant. */
  matching: string;
  word: string;
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

  /** Titles and tags that are most like a word: the words of each, with spaces between them. */
  likeTitles: (database: Database, userId: string, word: string, likeness: number): Promise<string[]> =>
    byIndex(database, async (transaction) => {
      await transaction.execute("select set_config('pg_trgm.word_similarity_threshold', $1, true)", [String(likeness)]);
      const rows = await transaction.rows(
        WordsRow,
        `(select short_text as words from document_search_titles
          where user_id = $1 and $2 <% short_text order by word_similarity($2, short_text) desc limit ${likeTitles})
         union all
         (select array_to_string(tsvector_to_array(vector), ' ') from tags
          where user_id = $1 order by similarity(folded, $2) desc limit ${likeTitles})`,
        [userId, word],
      );
      return rows.map(({ words }) => words);
    }),

  /** Texts, the newest that match a tsquery and the newest: their words of about the length, with spaces between them. */
  wordsOfTexts: (database: Database, { userId, matching, word }: SoughtInTexts): Promise<string[]> =>
    byIndex(database, async (transaction) => {
      const rows = await transaction.rows(
        WordsRow,
        // The program tells alike words from others in a fraction of the time.
        `select words from (
           (select vector from document_search where vector @@ $2::tsquery and (user_id = $1) is true
            order by created_at desc limit ${likeDocuments})
           union all
           (select vector from document_search where user_id = $1 order by created_at desc limit ${sampledDocuments})
         ) newest cross join lateral (
           select coalesce(string_agg(lexeme, ' '), '') as words from unnest(tsvector_to_array(vector)) as lexeme
           where length(lexeme) between length($3) - 2 and length($3) + 2
         ) alike`,
        [userId, matching, word],
      );
      return rows.map(({ words }) => words);
    }),
};

export type CorrectionStore = typeof correctionStore;
