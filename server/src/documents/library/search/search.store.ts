import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";
import type { SearchVectors } from "./search-vector.ts";

const SourceRow = z.object({
  user_id: z.string().nullable(),
  title: z.string(),
  language: z.string().nullable(),
  created_at: z.date(),
  text: z.string(),
  tags: z.array(z.object({ id: z.string(), accepted: z.boolean() })),
});
const TagRow = z.object({
  term: z.coerce.number().int(),
  name: z.string(),
  search_ids: z.array(z.string()),
});
const TextRow = z.object({ document_id: z.string(), text: z.string(), is_cut: z.boolean() });

const maxTagsOfTerm = 100;
const maxLanguages = 12;

export const searchStore = {
  /** Null for a document that is not there. */
  source: (queryable: Queryable, documentId: string) =>
    queryable.row(
      SourceRow,
      `select user_id, title, language, created_at, coalesce(text, '') as text,
         coalesce((
           select jsonb_agg(jsonb_build_object('id', tag_id, 'accepted', state = 'accepted') order by tag.position)
           from document_tags tag
           where tag.document_id = documents.id and tag_id is not null and state in ('accepted', 'suggested')
         ), '[]') as tags
       from documents left join document_texts on document_id = id where id = $1`,
      [documentId],
    ),

  async index(
    queryable: Queryable,
    row: SearchVectors & { documentId: string; userId: string; createdAt: Date },
  ): Promise<void> {
    const { documentId, userId, createdAt } = row;
    // In the order in which a document's rows are deleted, or both could wait for each other.
    await queryable.execute(
      `insert into document_search_titles (document_id, user_id, created_at, short_text, short_vector)
       values ($1, $2, $3, $4, $5::tsvector)
       on conflict (document_id) do update set
         short_text = excluded.short_text, short_vector = excluded.short_vector`,
      [documentId, userId, createdAt, row.shortText, row.short],
    );
    await queryable.execute(
      `insert into document_search (document_id, user_id, created_at, vector) values ($1, $2, $3, $4::tsvector)
       on conflict (document_id) do update set vector = excluded.vector`,
      [documentId, userId, createdAt, row.full],
    );
  },

  /** Languages in which a person has documents, read by leaps over the index. */
  async languages(queryable: Queryable, userId: string): Promise<string[]> {
    const rows = await queryable.rows(
      z.object({ language: z.string() }),
      `with recursive found as (
         select min(language) as language from documents where user_id = $1
         union all
         select (select min(language) from documents where user_id = $1 and language > found.language)
         from found where found.language is not null
       )
       select language from found where language is not null limit $2`,
      [userId, maxLanguages],
    );
    return rows.map(({ language }) => language);
  },

  /** Tags of which the words match a query; `term` is the place of that query in the list. */
  tags: (queryable: Queryable, userId: string, queries: readonly string[]) =>
    queryable.rows(
      TagRow,
      `select term, name, search_ids
       from unnest($2::text[]) with ordinality as query (text, term)
       cross join lateral (
         select name, search_ids from tags where user_id = $1 and vector @@ query.text::tsquery limit ${maxTagsOfTerm}
       ) tag`,
      [userId, queries],
    ),

  /** Under which ids a person's tag stands in the search rows; empty when there is no such tag. */
  async searchIdsOfTag(queryable: Queryable, userId: string, folded: string): Promise<string[]> {
    const row = await queryable.row(
      z.object({ search_ids: z.array(z.string()) }),
      "select search_ids from tags where user_id = $1 and folded = $2",
      [userId, folded],
    );
    return row?.search_ids ?? [];
  },

  /** The beginnings of texts. */
  texts: (queryable: Queryable, documentIds: readonly string[], characters: number) =>
    queryable.rows(
      TextRow,
      // The length of a text is only known when all of it is unpacked.
      `select document_id, left(beginning, $2::int) as text, length(beginning) > $2::int as is_cut
       from (
         select document_id, left(text, $2::int + 1) as beginning from document_texts
         where document_id = any($1::text[]) offset 0
       ) beginnings`,
      [documentIds, characters],
    ),

  /** Pieces of texts around the first of the words, which are looked for without their accents' sake. */
  textsAround: (
    queryable: Queryable,
    {
      documentIds,
      words,
      characters,
    }: { documentIds: readonly string[]; words: readonly string[]; characters: number },
  ) =>
    queryable.rows(
      z.object({ document_id: z.string(), text: z.string() }),
      `select document_id, substr(text, greatest(place - $3::int / 4, 1), $3::int) as text
       from (
         select document_id, text, (
           select min(nullif(strpos(lowered, word), 0)) from unnest($2::text[]) as word
         ) as place
         from (
           select document_id, text, lower(text) as lowered from document_texts where document_id = any($1::text[]) offset 0
         ) lowered
       ) found where place is not null`,
      [documentIds, words, characters],
    ),
};

export type SearchStore = typeof searchStore;
