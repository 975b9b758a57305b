import { z } from "zod";
import type { Database, Queryable } from "../../../platform/database/database.ts";
import { byIndex } from "./by-index.store.ts";

const HitRow = z.object({ document_id: z.string(), rank: z.number() });
export type Hit = z.infer<typeof HitRow>;
const TitledRow = z.object({ hits: z.array(HitRow), titled: z.string() });
export type TitledHits = z.infer<typeof TitledRow>;
const CountRow = z.object({ total: z.coerce.number().int(), newest: z.string() });
export type HitsCount = z.infer<typeof CountRow>;
const IdRow = z.object({ document_id: z.string() });

/** Hits of which the rank is worked out, newest first: those with the words in title or tags, and others. */
const rankedTitles = 200;
/** Each of these costs the vector of a whole text. */
const rankedTexts = 100;
/** Hits that facets are counted over, newest first; as many as could be ranked at least. */
const facetHits = 500;
/** Among so many of the owner's documents as many hits are nearly always found when the word is a frequent one. */
const notedDocuments = 2000;

export interface HitsRequest {
  userId: string;
  /** Text of a tsquery. It names the owner, so that only their documents are walked. */
  matching: string;
  status: string | null;
  jobId: string | null;
}

interface PageRequest extends HitsRequest {
  /** What of it must be there; null when only something must not: hits go by age then. */
  ranking: string | null;
  /** The query holds what must not be there, which title and tags alone do not tell. */
  hasNegated: boolean;
  limit: number;
  offset: number;
  now: Date;
}

/** What is known of the hits before a page of them is put together. */
export interface KnownHits {
  /** JSON of the hits by title and tags, with their ranks. */
  titled: string;
  /** Ids of the newest hits, as an array of the database. */
  newest: string;
}

/**
 * Flags 1 and 32 of ts_rank_cd divide by the length of the document, and bring ranks below 1. A new document comes a
 * little before an old one.
 */
const rankIn = (
  vector: string,
  ranking: string,
  now: string,
): string => `(ts_rank_cd(${vector}, ${ranking}::tsquery, 33)
  * (1 + 0.1 / (1 + greatest(extract(epoch from ${now}::timestamptz - created_at), 0) / 2592000)))::float8`;

const byRank = "rank desc nulls last, created_at desc, document_id";

/** Written so that no index of the owners fits: it would be chosen for some words, and each of their vectors unpacked. */
function createConditions({ matching, userId, status, jobId }: HitsRequest) {
  const values: unknown[] = [matching, userId];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const ofDocuments = [
    ...(status === null ? [] : [`status = ${add(status)}`]),
    ...(jobId === null ? [] : [`job_id = ${add(jobId)}`]),
  ];
  const filter =
    ofDocuments.length === 0
      ? ""
      : `and document_id in (select id from documents where user_id = $2 and ${ofDocuments.join(" and ")})`;
  return { values, add, own: `(user_id = $2) is true ${filter}` };
}

type Conditions = ReturnType<typeof createConditions>;

const matchingRows = ({ own }: Conditions): string =>
  `select document_id, created_at from document_search where vector @@ $1::tsquery and ${own}`;

/** Vectors of titles and tags lie in their rows. */
function titledSql(conditions: Conditions, ranking: string, { hasNegated, limit, offset, now }: PageRequest): string {
  const { add, own } = conditions;
  return `
    with titled as materialized (
      select document_id, created_at, 2 + ${rankIn("short_vector", add(ranking), add(now))} as rank
      from (
        select document_id, created_at, short_vector from document_search_titles
        where short_vector @@ $1::tsquery and ${own}
          ${hasNegated ? `and document_id in (select document_id from (${matchingRows(conditions)}) matching)` : ""}
        order by created_at desc limit ${rankedTitles}
      ) newest
    )
    select
      (select coalesce(jsonb_agg(jsonb_build_object('document_id', document_id, 'rank', rank) order by ${byRank}), '[]')
       from (select * from titled order by ${byRank} offset ${add(offset)} limit ${add(limit)}) page) as hits,
      (select coalesce(jsonb_agg(titled), '[]')::text from titled) as titled`;
}

/** Whole vectors do not lie in their rows, and each hit is looked up by itself, whatever the planner thinks of so many. */
const rankedSql = (
  add: (value: unknown) => string,
  { titled, newest }: KnownHits,
  { ranking, now }: Pick<PageRequest, "ranking" | "now">,
): string => `
    titled as materialized (
      select * from jsonb_to_recordset(${add(titled)}::jsonb)
        as titled (document_id text, created_at timestamptz, rank float8)
    ),
    ranked as materialized (
      select document_id, created_at, rank from titled
      union all
      select text.document_id, text.created_at, text.rank
      from (
        select id from unnest(${add(newest)}::text[]) with ordinality as newest (id, number)
        where id not in (select document_id from titled) order by number limit ${rankedTexts}
      ) newest cross join lateral (
        select document_id, created_at, ${rankIn("vector", add(ranking ?? ""), add(now))} as rank
        from document_search where document_id = newest.id offset 0
      ) text
    )`;

const newestOf = (rows: string): string =>
  `(select array_agg(id order by time desc, id) from (select id, time from ${rows} order by time desc, id limit ${facetHits}) newest)`;

const countSql = (matching: string): string => `
  with matching as materialized (${matching})
  select (select count(*) from matching) as total,
    coalesce(${newestOf("(select document_id as id, created_at as time from matching) hit")}, '{}')::text as newest`;

/** The tsquery names the owner and one word, in any of its forms. What asks for more is seldom in most documents. */
const isOneWord = ({ matching, status, jobId }: HitsRequest): boolean =>
  status === null && jobId === null && /^[^&<!]+&[^&<!]+$/.test(matching);

/**
 * Of a frequent word the newest hits are among the owner's newest documents, and are noted while all are counted: to keep
 * and sort as many costs more than to count them. Of other words they are looked for again.
 */
const countOfWordSql = (matching: string): string => `
  with since as materialized (
    select coalesce((
      select created_at from document_search where user_id = $2 order by created_at desc offset ${notedDocuments} limit 1
    ), '-infinity') as since
  ),
  counted as materialized (
    select count(*) as total,
      coalesce(array_agg(document_id) filter (where created_at >= (select since from since)), '{}') as ids,
      array_agg(created_at) filter (where created_at >= (select since from since)) as times
    from (${matching}) matching
  )
  select total, coalesce(case
    when cardinality(ids) >= least(total, ${facetHits}) then ${newestOf("unnest(ids, times) as hit (id, time)")}
    else ${newestOf(`(select document_id as id, created_at as time from (${matching}) matching) hit`)}
    end, '{}')::text as newest
  from counted`;

const pageOf = (
  rows: string,
  add: (value: unknown) => string,
  { limit, offset }: PageRequest,
): string => `select document_id, coalesce(rank, 0) as rank from (${rows}) hits
  order by hits.rank desc nulls last, created_at desc, document_id offset ${add(offset)} limit ${add(limit)}`;

export const hitsStore = {
  /** How many hits there are, and the ids of the newest. */
  async count(database: Database, request: HitsRequest): Promise<HitsCount> {
    const conditions = createConditions(request);
    const text = (isOneWord(request) ? countOfWordSql : countSql)(matchingRows(conditions));
    const row = await byIndex(database, (transaction) => transaction.row(CountRow, text, conditions.values));
    return row ?? { total: 0, newest: "{}" };
  },

  /** A page of the hits by title and tags, which come before all others; none when all of them are no whole page. */
  async titled(database: Database, request: PageRequest): Promise<TitledHits> {
    const none = { hits: [], titled: "[]" };
    if (request.ranking === null) return none;
    const conditions = createConditions(request);
    const text = titledSql(conditions, request.ranking, request);
    const row = await byIndex(database, (transaction) => transaction.row(TitledRow, text, conditions.values));
    return row ?? none;
  },

  /** A page of those hits of which the rank is worked out. */
  ranked(database: Database, request: PageRequest, known: KnownHits): Promise<Hit[]> {
    const values: unknown[] = [];
    const add = (value: unknown): string => `$${values.push(value)}`;
    const text = `with ${rankedSql(add, known, request)} ${pageOf("select * from ranked", add, request)}`;
    return database.rows(HitRow, text, values);
  },

  /** A page of all hits: behind those that are ranked they go by age. */
  async all(database: Database, request: PageRequest, known: KnownHits): Promise<Hit[]> {
    const conditions = createConditions(request);
    const { add } = conditions;
    const rows = `
      select document_id, created_at, rank from ranked
      union all
      select document_id, created_at, null from (${matchingRows(conditions)}) matching
      where document_id not in (select document_id from ranked)`;
    const text = `with ${rankedSql(add, known, request)} ${pageOf(rows, add, request)}`;
    return byIndex(database, (transaction) => transaction.rows(HitRow, text, conditions.values));
  },

  /** Ids of hits, newest first, at most so many. */
  async ids(database: Database, request: HitsRequest & { limit: number }): Promise<string[]> {
    const conditions = createConditions(request);
    const text = `${matchingRows(conditions)} order by created_at desc, document_id limit ${conditions.add(request.limit)}`;
    const rows = await byIndex(database, (transaction: Queryable) => transaction.rows(IdRow, text, conditions.values));
    return rows.map(({ document_id: id }) => id);
  },
};

export type HitsStore = typeof hitsStore;
