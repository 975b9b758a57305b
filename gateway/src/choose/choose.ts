import { modelNotFound } from "../errors.ts";
import type { GatewayCaller, ModelRoute, ModelTable } from "../ports.ts";

/** The route of the model that was asked for. Throws `modelNotFound()` (404). */
export const chooseRoute = async (models: ModelTable, caller: GatewayCaller, model: string): Promise<ModelRoute> => {
  const route = await models.find(caller, model);
  if (route === undefined) throw modelNotFound(model);
  return route;
};
