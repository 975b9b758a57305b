import type { OfferedModel } from "@llm-tuner/contract/providers.ts";
import { useQuery } from "@tanstack/react-query";
import { connectionsQuery, modelRoutesQuery, offeredModelsQuery } from "../../../api/provider-queries.ts";
import { losingRoutes, type LosingRoute } from "./dependents.ts";

type Going = Pick<OfferedModel, "id" | "connection_id">;

/** Routes that lose models when these go; undefined while that is not known. Asks only when it is wanted. */
export const useLosingRoutes = (isGoing: (model: Going) => boolean, wanted: boolean): LosingRoute[] | undefined => {
  const connections = useQuery({ ...connectionsQuery, enabled: wanted }).data?.connections;
  const models = useQuery({ ...offeredModelsQuery, enabled: wanted }).data?.models;
  const routes = useQuery({ ...modelRoutesQuery, enabled: wanted }).data?.routes;
  if (!wanted || connections === undefined || models === undefined || routes === undefined) return undefined;
  return losingRoutes({ connections, models, routes }, isGoing);
};
