import { useQueries } from "@tanstack/react-query";
import { llmProvidersQuery, servedModelsQuery } from "../../api/gateway-queries.ts";
import { modelChoices, type ModelChoice } from "../../ui/model-choices.ts";

/** Models that can tag; undefined while they are read. One that cannot be read leaves the offline tagger. */
export const useTaggerModels = (): readonly ModelChoice[] | undefined => {
  const [served, providers] = useQueries({ queries: [servedModelsQuery, llmProvidersQuery] });
  if (served.isError || providers.isError) return [];
  if (served.data === undefined || providers.data === undefined) return undefined;
  return modelChoices(served.data, providers.data.providers);
};
