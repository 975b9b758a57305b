import * as contract from "@llm-tuner/contract/base-models.ts";
import { route, type Route } from "../platform/http/route.ts";
import type { BaseModelCatalogue, BaseModelRecord } from "./base-model-catalogue.ts";

const onWire = ({ origin, source: _path, ...model }: BaseModelRecord): contract.BaseModel => ({
  ...model,
  source: origin,
});

export const createBaseModelsRoutes = (catalogue: BaseModelCatalogue): Route[] => [
  route(contract.listBaseModels, async () => ({ status: 200, body: { base_models: catalogue.list().map(onWire) } })),
];
