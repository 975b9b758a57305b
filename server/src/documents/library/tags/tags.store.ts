import { type TagSource, TagState, type tagSorts } from "@llm-tuner/contract/tags.ts";
import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";
import { usesOf } from "./tag-uses.store.ts";

const count = z.coerce.number().int();
const TagRow = z.object({
  id: z.string(),
  name: z.string(),
  folded: z.string(),
  documents: count,
  accepted: count,
  suggested: count,
  rejected: count,
  created_at: z.date(),
});
export type TagRow = z.infer<typeof TagRow>;

const LibraryTag = z.object({ id: z.string(), name: z.string(), folded: z.string() });
export type LibraryTag = z.infer<typeof LibraryTag>;

const DocumentTagRow = z.object({
  name: z.string(),
  folded: z.string(),
  state: TagState,
  position: z.number().int(),
});
const Id = z.object({ id: z.string() });

export interface NewTag extends LibraryTag {
  vector: string;
  createdAt: Date;
  byPerson: boolean;
}

export interface WrittenDocumentTag {
  position: number;
  tagId: string | null;
  name: string;
  folded: string;
  state: TagState;
  source: TagSource;
  isNew: boolean;
  decidedAt: Date | null;
}

const counted = `
  select tag.id, tag.name, tag.folded, tag.created_at, tag.by_person, ${usesOf}`;

const orders: Record<(typeof tagSorts)[number], string> = {
  name: "folded, id",
  documents: "documents desc, folded, id",
  newest: "created_at desc, id desc",
};

export interface TagFilter {
  userId: string;
  /** Part of the folded name. */
  part: string | null;
  unused: boolean | null;
}

export const tagsStore = {
  list: (queryable: Queryable, filter: TagFilter, page: { sort: keyof typeof orders; limit: number; offset: number }) =>
    queryable.rows(
      TagRow.extend({ total: count }),
      `with counted as (
         ${counted} where user_id = $1 and ($2::text is null or strpos(tag.folded, $2) > 0)
       )
       select *, count(*) over () as total from counted where $3::boolean is null or (documents = 0) = $3
       order by ${orders[page.sort]} limit $4 offset $5`,
      [filter.userId, filter.part, filter.unused, page.limit, page.offset],
    ),

  find: (queryable: Queryable, userId: string, id: string): Promise<TagRow | undefined> =>
    queryable.row(TagRow, `${counted} where tag.id = $2 and user_id = $1`, [userId, id]),

  findMany: (queryable: Queryable, userId: string, ids: readonly string[]): Promise<TagRow[]> =>
    queryable.rows(TagRow, `${counted} where tag.id = any($2::text[]) and user_id = $1`, [userId, ids]),

  /** They stay until the transaction ends. */
  byFolded: (transaction: Queryable, userId: string, folded: readonly string[]): Promise<LibraryTag[]> =>
    transaction.rows(
      LibraryTag,
      `select id, name, folded from tags where user_id = $1 and folded = any($2::text[])
       order by folded collate "C" for key share`,
      [userId, folded],
    ),

  /** Names, newest first. */
  names: (queryable: Queryable, userId: string, limit: number): Promise<LibraryTag[]> =>
    queryable.rows(
      LibraryTag,
      "select id, name, folded from tags where user_id = $1 order by created_at desc, id limit $2",
      [userId, limit],
    ),

  /** Tags that are there already stay as they are; says how many are new. `tags` are in the order of `folded`. */
  insert: (queryable: Queryable, userId: string, tags: readonly NewTag[]): Promise<number> =>
    queryable.execute(
      `insert into tags (id, user_id, name, folded, by_person, vector, search_ids, created_at)
       select id, $1, name, folded, "byPerson", vector::tsvector, array[id], "createdAt"
       from jsonb_to_recordset($2::jsonb) as tag
         (id text, name text, folded text, "byPerson" boolean, vector text, "createdAt" timestamptz)
       order by folded collate "C"
       on conflict (user_id, folded) do nothing`,
      [userId, JSON.stringify(tags)],
    ),

  /** A person's tags by use: those first that they accepted or made themselves. */
  async known(queryable: Queryable, userId: string, limit: number): Promise<string[]> {
    const rows = await queryable.rows(
      z.object({ name: z.string() }),
      `with counted as (${counted} where user_id = $1)
       select name from counted where documents > 0 or by_person
       order by (accepted > 0 or by_person) desc, accepted desc, documents desc, folded limit $2`,
      [userId, limit],
    );
    return rows.map(({ name }) => name);
  },

  /** Those of a person's tags that they accepted before or made themselves. */
  async accepted(queryable: Queryable, ids: readonly string[]): Promise<Set<string>> {
    const rows = await queryable.rows(
      Id,
      `select id from tags where id = any($1::text[])
         and (by_person or exists (select from document_tags where tag_id = id and state = 'accepted'))`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  },

  ofDocument: (queryable: Queryable, documentId: string) =>
    queryable.rows(
      DocumentTagRow,
      "select name, folded, state, position from document_tags where document_id = $1 order by position, folded",
      [documentId],
    ),

  async removeSuggestions(transaction: Queryable, documentId: string): Promise<void> {
    await transaction.execute("delete from document_tags where document_id = $1 and state = 'suggested'", [documentId]);
  },

  /** Adds tags to a document; of one that it has only the state changes. */
  async write(transaction: Queryable, documentId: string, tags: readonly WrittenDocumentTag[]): Promise<void> {
    await transaction.execute(
      `insert into document_tags
         (document_id, position, tag_id, name, folded, state, source, is_new, decided_at)
       select $1, position, "tagId", name, folded, state, source, "isNew", "decidedAt"
       from jsonb_to_recordset($2::jsonb) as tag
         (position int, "tagId" text, name text, folded text, state text, source text, "isNew" boolean, "decidedAt" timestamptz)
       on conflict (document_id, folded) do update set
         state = excluded.state, decided_at = excluded.decided_at, tag_id = coalesce(excluded.tag_id, document_tags.tag_id)`,
      [documentId, JSON.stringify(tags)],
    );
  },

  /** Locks tags in one order for everybody, so that two changes of the same ones wait for each other and never both. */
  async lock(transaction: Queryable, userId: string, ids: readonly string[]): Promise<Set<string>> {
    const rows = await transaction.rows(
      Id,
      'select id from tags where user_id = $1 and id = any($2::text[]) order by folded collate "C" for update',
      [userId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  },

  async rename(
    transaction: Queryable,
    { id, name, folded, vector }: { id: string; name: string; folded: string; vector: string },
  ): Promise<void> {
    await transaction.execute("update tags set name = $2, folded = $3, vector = $4::tsvector where id = $1", [
      id,
      name,
      folded,
      vector,
    ]);
    await transaction.execute(
      `delete from document_tags leftover using document_tags named
       where named.tag_id = $1 and leftover.document_id = named.document_id and leftover.folded = $2
         and leftover.tag_id is null`,
      [id, folded],
    );
    await transaction.execute("update document_tags set name = $2, folded = $3 where tag_id = $1", [id, name, folded]);
  },

  /** Where a document has several of the tags, the strongest state stays. */
  async merge(transaction: Queryable, { into, from }: { into: LibraryTag; from: readonly string[] }): Promise<void> {
    await transaction.execute(
      `with concerned as (
         select distinct document_id from document_tags where tag_id = any($2::text[])
       ),
       ordered as (
         select document_id, folded, row_number() over (
           partition by document_id
           order by array_position(array['accepted', 'suggested', 'edited', 'rejected'], state), position, folded
         ) as place
         from document_tags join concerned using (document_id)
         where tag_id = any($2::text[]) or tag_id = $1 or folded = $3
       )
       delete from document_tags using ordered
       where place > 1 and document_tags.document_id = ordered.document_id and document_tags.folded = ordered.folded`,
      [into.id, from, into.folded],
    );
    await transaction.execute(
      "update document_tags set tag_id = $1, name = $3, folded = $4 where tag_id = any($2::text[])",
      [into.id, from, into.name, into.folded],
    );
    await transaction.execute(
      `update tags set search_ids = search_ids || array(
         select unnest(other.search_ids) from tags other where other.id = any($2::text[])
       ), by_person = by_person or exists (select from tags other where other.id = any($2::text[]) and other.by_person)
       where id = $1`,
      [into.id, from],
    );
    await transaction.execute("delete from tags where id = any($1::text[])", [from]);
  },

  /** Takes tags off all documents. What was decided against them stays written, without the tag. */
  async delete(transaction: Queryable, ids: readonly string[]): Promise<number> {
    await transaction.execute(
      "delete from document_tags where tag_id = any($1::text[]) and state in ('accepted', 'suggested')",
      [ids],
    );
    return transaction.execute("delete from tags where id = any($1::text[])", [ids]);
  },

  async unused(transaction: Queryable, userId: string): Promise<string[]> {
    const rows = await transaction.rows(
      Id,
      `select id from tags where user_id = $1 and not exists (
         select from document_tags where tag_id = tags.id and state in ('accepted', 'suggested')
       ) order by folded collate "C" for update`,
      [userId],
    );
    return rows.map(({ id }) => id);
  },
};

export type TagsStore = typeof tagsStore;
