import type { ServedModel } from "@llm-tuner/contract/ecosystem.ts";
import { modelNotFound } from "../errors.ts";
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
  data: (await models.list(caller)).map(servedModel),
});

/** The body of `GET /v1/models/{model}`. Throws `modelNotFound()` (404). */
export const getModel = async (models: ModelTable, caller: GatewayCaller, id: string): Promise<ServedModel> => {
  const found = (await models.list(caller)).find((model) => model.id === id);
  if (found === undefined) throw modelNotFound(id);
  return servedModel(found);
};
