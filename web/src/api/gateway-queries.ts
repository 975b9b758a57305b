import { ServedModelList, listServedModels } from "@llm-tuner/contract/ecosystem.ts";
import { listLlmProviders } from "@llm-tuner/contract/llm.ts";
import { queryOptions } from "@tanstack/react-query";
import { call } from "./call.ts";
import { gatewayFetch } from "./gateway-fetch.ts";
import { providersKey } from "./provider-queries.ts";

/** What may be asked by name: tuned models, routes, and the models of providers. */
export const servedModelsQuery = queryOptions({
  queryKey: [...providersKey, "served"],
  queryFn: async () => ServedModelList.parse(await (await gatewayFetch(listServedModels.path, {})).json()).data,
  staleTime: 30_000,
});

/** What is known of them: price, context window and what they can do. */
export const llmProvidersQuery = queryOptions({
  queryKey: [...providersKey, "known"],
  queryFn: () => call(listLlmProviders, {}),
  staleTime: 30_000,
});
