import { type Awaitable, goOnWith } from "../awaitable.ts";
import { isModelAllowed } from "../admit/model-patterns.ts";
import { modelNotAllowed, modelNotFound } from "../errors.ts";
import type { GatewayCaller, ModelPlan, ModelTable } from "../ports.ts";

/** The ways to the model that was asked for. Throws `modelNotAllowed()` (403) or `modelNotFound()` (404). */
export const choosePlan = (models: ModelTable, caller: GatewayCaller, model: string): Awaitable<ModelPlan> => {
  if (!isModelAllowed(caller.bounds.allowedModels, model)) throw modelNotAllowed(model);
  return goOnWith(models.find(caller, model), (plan) => {
    if (plan === undefined) throw modelNotFound(model);
    return plan;
  });
};
