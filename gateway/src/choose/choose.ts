import { isModelAllowed } from "../admit/model-patterns.ts";
import { modelNotAllowed, modelNotFound } from "../errors.ts";
import type { GatewayCaller, ModelRoute, ModelTable } from "../ports.ts";

/** The route of the model that was asked for. Throws `modelNotAllowed()` (403) or `modelNotFound()` (404). */
export const chooseRoute = async (models: ModelTable, caller: GatewayCaller, model: string): Promise<ModelRoute> => {
  if (!isModelAllowed(caller.bounds.allowedModels, model)) throw modelNotAllowed(model);
  const route = await models.find(caller, model);
  if (route === undefined) throw modelNotFound(model);
  return route;
};
