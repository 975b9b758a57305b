import {
  createOfferedModel,
  deleteOfferedModel,
  importOfferedModels,
  listOfferedModels,
  updateOfferedModel,
} from "@llm-tuner/contract/providers.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { OfferedUsecases } from "./offered.usecases.ts";

export const createOfferedRoutes = (offered: OfferedUsecases): readonly Route[] => [
  route(listOfferedModels, async ({ query }) => ({ status: 200, body: { models: await offered.list(query) } })),
  route(createOfferedModel, async ({ body }) => ({ status: 201, body: await offered.create(body) })),
  route(updateOfferedModel, async ({ params, body }) => ({ status: 200, body: await offered.update(params.id, body) })),
  route(deleteOfferedModel, async ({ params }) => ({ status: 200, body: await offered.remove(params.id) })),
  route(importOfferedModels, async ({ params, body }) => ({
    status: 200,
    body: { added: await offered.importFrom(params.id, body) },
  })),
];
