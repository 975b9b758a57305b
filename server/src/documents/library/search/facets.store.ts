import { z } from "zod";
import type { Queryable } from "../../../platform/database/database.ts";

const Facet = z.object({ value: z.string(), count: z.number().int() });
const FacetsRow = z.object({ tags: z.array(Facet), languages: z.array(Facet) });
export type Facets = z.infer<typeof FacetsRow>;

const maxFacets = 30;

/** The ids are hidden from the planner, which would rather read all rows than look up so many. */
const facetsSql = `
  select
    (select coalesce(jsonb_agg(facet), '[]') from (
       select max(name) as value, count(*) as count from document_tags
       where document_id = any((select $1::text[])::text[]) and state in ('accepted', 'suggested')
       group by folded order by count(*) desc, folded limit ${maxFacets}
     ) facet) as tags,
    (select coalesce(jsonb_agg(facet), '[]') from (
       select language as value, count(*) as count from documents
       where id = any((select $1::text[])::text[]) and language is not null
       group by language order by count(*) desc, language limit ${maxFacets}
     ) facet) as languages`;

export const facetsStore = {
  /** What documents are about. Their ids are an array as the database writes it. */
  async of(queryable: Queryable, ids: string): Promise<Facets> {
    return (await queryable.row(FacetsRow, facetsSql, [ids])) ?? { tags: [], languages: [] };
  },
};

export type FacetsStore = typeof facetsStore;
