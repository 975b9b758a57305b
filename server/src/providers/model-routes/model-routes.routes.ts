import {
  createModelRoute,
  deleteModelRoute,
  listModelRoutes,
  updateModelRoute,
} from "@llm-tuner/contract/model-routes.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { ModelRouteUsecases } from "./model-routes.usecases.ts";

export const createModelRouteRoutes = (routes: ModelRouteUsecases): readonly Route[] => [
  route(listModelRoutes, async () => ({ status: 200, body: { routes: await routes.list() } })),
  route(createModelRoute, async ({ body }) => ({ status: 201, body: await routes.create(body) })),
  route(updateModelRoute, async ({ params, body }) => ({ status: 200, body: await routes.update(params.id, body) })),
  route(deleteModelRoute, async ({ params }) => ({ status: 200, body: await routes.remove(params.id) })),
];
