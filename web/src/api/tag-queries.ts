import { listSimilarTags, listTags, type tagSorts } from "@llm-tuner/contract/tags.ts";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./call.ts";

const tagsPageSize = 100;

export interface TagFilters {
  query?: string | undefined;
  sort?: (typeof tagSorts)[number] | undefined;
  unused?: boolean | undefined;
  /** From 1. */
  page?: number | undefined;
}

export const tagsKey = ["tags"] as const;

/** A page of the person's library of tags. */
export const tagsQuery = ({ query, sort, unused, page = 1 }: TagFilters) =>
  queryOptions({
    queryKey: [...tagsKey, { query, sort, unused, page }],
    queryFn: () =>
      call(listTags, {
        query: {
          limit: tagsPageSize,
          offset: (page - 1) * tagsPageSize,
          ...(query === undefined ? {} : { query }),
          ...(sort === undefined ? {} : { sort }),
          ...(unused === undefined ? {} : { unused: unused ? ("true" as const) : ("false" as const) }),
        },
      }),
    placeholderData: keepPreviousData,
  });

export const similarTagsQuery = queryOptions({
  queryKey: [...tagsKey, "similar"],
  queryFn: () => call(listSimilarTags, { query: {} }),
});
