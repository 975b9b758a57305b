import type { ServedModel, ServedModelList } from "@llm-tuner/contract/ecosystem.ts";
import type { AnthropicModel, AnthropicModelList } from "@llm-tuner/contract/messages.ts";
import { isModelAllowed } from "../admit/model-patterns.ts";
import { modelNotAllowed, modelNotFound } from "../errors.ts";
import type { GatewayCaller, ListedModel, ModelTable } from "../ports.ts";
import type { Dialect } from "./call.ts";

const servedModel = ({ id, createdAt, ownedBy }: ListedModel): ServedModel => ({
  id,
  object: "model",
  created: Math.floor(createdAt.getTime() / 1000),
  owned_by: ownedBy,
});

const anthropicModel = ({ id, createdAt }: ListedModel): AnthropicModel => ({
  type: "model",
  id,
  display_name: id,
  created_at: createdAt.toISOString(),
});

const allowedModels = async (models: ModelTable, caller: GatewayCaller): Promise<ListedModel[]> =>
  (await models.list(caller)).filter(({ id }) => isModelAllowed(caller.bounds.allowedModels, id));

/**
 * The body of `GET /v1/models`, in one page as OpenAI's own list is: its SDK never asks for a second. How long it gets is
 * bounded by how many models and routes a platform may offer.
 */
export const listModels = async (
  models: ModelTable,
  caller: GatewayCaller,
  dialect: Dialect,
): Promise<ServedModelList | AnthropicModelList> => {
  const listed = await allowedModels(models, caller);
  if (dialect === "openai") return { object: "list", data: listed.map(servedModel) };
  return {
    data: listed.map(anthropicModel),
    has_more: false,
    first_id: listed[0]?.id ?? null,
    last_id: listed.at(-1)?.id ?? null,
  };
};

/** The body of `GET /v1/models/{model}`. Throws `modelNotAllowed()` (403) or `modelNotFound()` (404). */
export const getModel = async (
  models: ModelTable,
  caller: GatewayCaller,
  { id, dialect }: { id: string; dialect: Dialect },
): Promise<ServedModel | AnthropicModel> => {
  if (!isModelAllowed(caller.bounds.allowedModels, id)) throw modelNotAllowed(id);
  const found = (await models.list(caller)).find((model) => model.id === id);
  if (found === undefined) throw modelNotFound(id);
  return dialect === "openai" ? servedModel(found) : anthropicModel(found);
};
