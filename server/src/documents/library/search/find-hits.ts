import type { Database } from "../../../platform/database/database.ts";
import type { Facets, FacetsStore } from "./facets.store.ts";
import type { Hit, HitsRequest, HitsStore } from "./hits.store.ts";

export interface HitsFinderDependencies {
  database: Database;
  hitsStore: HitsStore;
  facetsStore: FacetsStore;
}

export interface FoundHits {
  total: Promise<number>;
  page: Promise<Hit[]>;
  facets: Promise<Facets>;
}

type PageRequest = Parameters<HitsStore["titled"]>[1];

const noFacets: Facets = { tags: [], languages: [] };

/**
 * Counting reads a row of every hit, and most pages do not need it: they are full of hits by title and tags. So both are
 * asked for at once, and each is answered as soon as it is known.
 */
export function createHitsFinder({ database, hitsStore, facetsStore }: HitsFinderDependencies) {
  async function pageOf(request: PageRequest, counted: ReturnType<HitsStore["count"]>): Promise<Hit[]> {
    const { limit, offset } = request;
    const { hits, titled } = await hitsStore.titled(database, request);
    if (hits.length === limit) return hits;
    const { total, newest } = await counted;
    const expected = Math.min(limit, total - offset);
    if (expected <= 0) return [];
    if (request.ranking === null) return hitsStore.all(database, request, { titled, newest: "{}" });
    const page = await hitsStore.ranked(database, request, { titled, newest });
    return page.length >= expected ? page : hitsStore.all(database, request, { titled, newest });
  }

  return (matching: HitsRequest, page: Omit<PageRequest, keyof HitsRequest>): FoundHits => {
    const counted = hitsStore.count(database, matching);
    return {
      total: counted.then(({ total }) => total),
      page: pageOf({ ...matching, ...page }, counted),
      facets: counted.then(({ total, newest }) => (total === 0 ? noFacets : facetsStore.of(database, newest))),
    };
  };
}
