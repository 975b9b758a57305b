import type { ServedModel } from "@llm-tuner/contract/ecosystem.ts";
import { isModelAllowed } from "../admit/model-patterns.ts";
import { modelNotAllowed, modelNotFound } from "../errors.ts";
import type { GatewayCaller, ListedModel, ModelTable } from "../ports.ts";

const servedModel = ({ id, createdAt, ownedBy }: ListedModel): ServedModel => ({
  id,
  object: "model",
  created: Math.floor(createdAt.getTime() / 1000),
  owned_by: ownedBy,
});

/** The body of `GET /v1/models`. */
export const listModels = async (
  models: ModelTable,
  caller: GatewayCaller,
): Promise<{ object: "list"; data: ServedModel[] }> => ({
  object: "list",
  data: (await models.list(caller))
    .filter(({ id }) => isModelAllowed(caller.bounds.allowedModels, id))
    .map(servedModel),
});

/** The body of `GET /v1/models/{model}`. Throws `modelNotAllowed()` (403) or `modelNotFound()` (404). */
export const getModel = async (models: ModelTable, caller: GatewayCaller, id: string): Promise<ServedModel> => {
  if (!isModelAllowed(caller.bounds.allowedModels, id)) throw modelNotAllowed(id);
  const found = (await models.list(caller)).find((model) => model.id === id);
  if (found === undefined) throw modelNotFound(id);
  return servedModel(found);
};
