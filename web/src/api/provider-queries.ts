import { listModelRoutes } from "@llm-tuner/contract/model-routes.ts";
import { listMissingPrices, listPrices } from "@llm-tuner/contract/prices.ts";
import { getProviderConnection, listOfferedModels, listProviderConnections } from "@llm-tuner/contract/providers.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, type CallInput } from "./call.ts";

/** Everything about providers stands under this key: what is changed of one thing shows on others. */
export const providersKey = ["providers"];
export const pricesKey = ["prices"];

export const connectionsQuery = queryOptions({
  queryKey: [...providersKey, "connections"],
  queryFn: () => call(listProviderConnections, {}),
});

export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: [...providersKey, "connections", id],
    queryFn: () => call(getProviderConnection, { params: { id } }),
  });

/** Models on offer: of all connections, since what leads to one of them may lead to another as well. */
export const offeredModelsQuery = queryOptions({
  queryKey: [...providersKey, "models"],
  queryFn: () => call(listOfferedModels, {}),
  staleTime: 5000,
});

export const modelRoutesQuery = queryOptions({
  queryKey: [...providersKey, "routes"],
  queryFn: () => call(listModelRoutes, {}),
  staleTime: 5000,
});

type PriceFilters = Omit<NonNullable<CallInput<typeof listPrices>["query"]>, "limit" | "cursor">;

const pageSize = 50;

export const pricesQuery = (filters: PriceFilters) =>
  infiniteQueryOptions({
    queryKey: [...pricesKey, "list", filters],
    queryFn: ({ pageParam }) =>
      call(listPrices, { query: { ...filters, limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) } }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });

export const missingPricesQuery = queryOptions({
  queryKey: [...pricesKey, "missing"],
  queryFn: () => call(listMissingPrices, {}),
});
