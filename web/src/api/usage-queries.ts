import { listUsers } from "@llm-tuner/contract/admin.ts";
import { listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import {
  getAllUsage,
  getAnyUsageRequest,
  getUsage,
  getUsageRequest,
  listAllUsageRequests,
  listUsageRequests,
} from "@llm-tuner/contract/usage.ts";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { CallError, call, type CallInput } from "./call.ts";

/** Whose usage is looked at: one's own, or everybody's, which is for administrators. */
export type UsageOf = "me" | "everybody";

const pageSize = 50;

export type UsageReportQuery = NonNullable<CallInput<typeof getAllUsage>["query"]>;

export const usageReportQuery = (of: UsageOf, query: UsageReportQuery) =>
  queryOptions({
    queryKey: ["usage", "report", of, query],
    queryFn: () => {
      if (of === "everybody") return call(getAllUsage, { query });
      const { group_by, split_by, user_id: _, ...filters } = query;
      if (group_by === "user" || split_by === "user") throw new Error("one person's usage is not told apart by person");
      return call(getUsage, {
        query: {
          ...filters,
          ...(group_by === undefined ? {} : { group_by }),
          ...(split_by === undefined ? {} : { split_by }),
        },
      });
    },
    staleTime: 5000,
    placeholderData: keepPreviousData,
  });

export type UsageRequestFilters = Omit<
  NonNullable<CallInput<typeof listAllUsageRequests>["query"]>,
  "limit" | "cursor"
>;

export const usageRequestsQuery = (of: UsageOf, filters: UsageRequestFilters) =>
  infiniteQueryOptions({
    queryKey: ["usage", "requests", of, filters],
    queryFn: ({ pageParam }) => {
      const page = { limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      if (of === "everybody") return call(listAllUsageRequests, { query: { ...filters, ...page } });
      const { user_id: _, ...own } = filters;
      return call(listUsageRequests, { query: { ...own, ...page } });
    },
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });

const isNotBilledYet = (error: Error): boolean =>
  error instanceof CallError && error.code === "usage_request_not_found";

/** The bill of a request. One that has just ended is written down a moment later, so it is looked for again. */
export const usageRequestQuery = (of: UsageOf, id: string) =>
  queryOptions({
    queryKey: ["usage", "request", of, id],
    queryFn: () => call(of === "everybody" ? getAnyUsageRequest : getUsageRequest, { params: { id } }),
    retry: (failures, error) => failures < 4 && isNotBilledYet(error),
    retryDelay: (failures) => 400 * 2 ** failures,
    staleTime: 60_000,
  });

const maxPages = 10;

/** Everything of a list that goes on page after page; very long ones to their thousandth entry. */
const allPages = async <Page extends { next_cursor: string | null }>(
  read: (cursor: { cursor?: string }) => Promise<Page>,
): Promise<Page[]> => {
  const pages = [await read({})];
  for (let last = pages[0]; last?.next_cursor && pages.length < maxPages; last = pages.at(-1)) {
    pages.push(await read({ cursor: last.next_cursor }));
  }
  return pages;
};

/** Names of one's own API keys by their ids, for lists that have the ids. */
export const keyNamesQuery = queryOptions({
  queryKey: ["api-keys", "names"],
  queryFn: async () => {
    const pages = await allPages((cursor) => call(listApiKeys, { query: { limit: 100, ...cursor } }));
    return new Map(pages.flatMap(({ api_keys }) => api_keys.map(({ id, name }) => [id, name] as const)));
  },
  staleTime: 30_000,
});

/** Addresses of people by their ids; for administrators. */
export const personNamesQuery = queryOptions({
  queryKey: ["users", "names"],
  queryFn: async () => {
    const pages = await allPages((cursor) => call(listUsers, { query: { limit: 100, ...cursor } }));
    return new Map(pages.flatMap(({ users }) => users.map(({ id, email }) => [id, email] as const)));
  },
  staleTime: 30_000,
});
