import { z } from "zod";
import type { Database, Queryable } from "../../../platform/database/database.ts";
import { byIndex } from "./by-index.store.ts";

const Facet = z.object({ value: z.string(), count: z.number().int() });
const PageRow = z.object({
  hits: z.array(z.object({ document_id: z.string(), rank: z.number() })),
  total: z.coerce.number().int(),
  /** Ids of the hits that facets are counted over. */
  newest: z.array(z.string()),
});
export type HitsPage = z.infer<typeof PageRow>;
const FacetsRow = z.object({ tags: z.array(Facet), languages: z.array(Facet) });
export type HitsFacets = z.infer<typeof FacetsRow>;
const IdRow = z.object({ document_id: z.string() });

/** Hits of which the rank is worked out, newest first: those with the words in title or tags, and others. */
const rankedTitles = 200;
/** Each of these costs the vector of a whole text. */
const rankedTexts = 100;
/** Hits that facets are counted over, newest first; as many as could be ranked at least. */
const facetHits = 500;
const maxFacets = 30;

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

/**
 * Title and tags lie in the row itself. Vectors of whole texts do not, and are only read where those are too few. Beyond
 * what is ranked hits go by age.
 */
function rankedSql(conditions: Conditions, ranking: string, { hasNegated, limit, offset, now }: PageRequest): string {
  const [query, at] = [conditions.add(ranking), conditions.add(now)];
  const [first, last] = [conditions.add(offset), conditions.add(offset + limit)];
  return `
    by_title as materialized (
      select document_id, created_at, 2 + ${rankIn("short_vector", query, at)} as rank
      from (
        select document_id, created_at, short_vector from document_search
        where short_vector @@ $1::tsquery and ${conditions.own} ${hasNegated ? "and vector @@ $1::tsquery" : ""}
        order by created_at desc limit ${rankedTitles}
      ) titled
    ),
    by_text as materialized (
      select document_id, created_at from newest where document_id not in (select document_id from by_title)
      order by created_at desc
      limit case when (select count(*) from by_title) >= ${last}::bigint then 0 else ${rankedTexts} end
    ),
    ranked as materialized (
      select document_id, created_at, rank from by_title
      union all
      select by_text.document_id, by_text.created_at, text.rank
      from by_text cross join lateral (
        select ${rankIn("vector", query, at)} as rank from document_search
        where document_search.document_id = by_text.document_id offset 0
      ) text
    ),
    page as materialized (
      select document_id, created_at, rank from (
        select document_id, created_at, rank from ranked
        union all
        select document_id, created_at, null from matching
        where ${last}::bigint > (select count(*) from ranked) and document_id not in (select document_id from ranked)
      ) ordered
      order by rank desc nulls last, created_at desc, document_id
      offset ${first} limit ${last}::bigint - ${first}::bigint
    )`;
}

const unrankedSql = ({ add }: Conditions, { limit, offset }: PageRequest): string => `
    page as materialized (
      select document_id, created_at, null::float8 as rank from matching
      order by created_at desc, document_id limit ${add(limit)} offset ${add(offset)}
    )`;

const answerSql = `
  select
    (select coalesce(jsonb_agg(
       jsonb_build_object('document_id', document_id, 'rank', coalesce(rank, 0))
       order by rank desc nulls last, created_at desc, document_id
     ), '[]') from page) as hits,
    (select count(*) from matching) as total,
    (select coalesce(array_agg(document_id), '{}') from newest) as newest`;

/** Each hit is looked up by itself, whatever the planner thinks of so many. */
const facetsSql = `
  select
    (select coalesce(jsonb_agg(facet), '[]') from (
       select max(name) as value, count(*) as count
       from unnest($1::text[]) as hit (id) cross join lateral (
         select name, folded from document_tags
         where document_id = hit.id and state in ('accepted', 'suggested') offset 0
       ) given
       group by folded order by count(*) desc, folded limit ${maxFacets}
     ) facet) as tags,
    (select coalesce(jsonb_agg(facet), '[]') from (
       select language as value, count(*) as count
       from unnest($1::text[]) as hit (id) cross join lateral (
         select language from documents where documents.id = hit.id and language is not null offset 0
       ) spoken
       group by language order by count(*) desc, language limit ${maxFacets}
     ) facet) as languages`;

export const hitsStore = {
  /** A page of hits, best first, with the number of all. */
  async page(database: Database, request: PageRequest): Promise<HitsPage> {
    const conditions = createConditions(request);
    const { ranking } = request;
    const page = ranking === null ? unrankedSql(conditions, request) : rankedSql(conditions, ranking, request);
    const text = `
  with matching as materialized (${matchingRows(conditions)}),
    newest as materialized (
      select document_id, created_at from matching order by created_at desc, document_id limit ${facetHits}
    ),${page}${answerSql}`;
    const row = await byIndex(database, (transaction) => transaction.row(PageRow, text, conditions.values));
    return row ?? { hits: [], total: 0, newest: [] };
  },

  /** What documents are about. */
  async facets(database: Database, ids: readonly string[]): Promise<HitsFacets> {
    return (await database.row(FacetsRow, facetsSql, [ids])) ?? { tags: [], languages: [] };
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
