import {
  checkProviderConnection,
  createProviderConnection,
  deleteProviderConnection,
  getProviderConnection,
  listProviderConnections,
  updateProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { ConnectionUsecases } from "./connections.usecases.ts";

export const createConnectionRoutes = (connections: ConnectionUsecases): readonly Route[] => [
  route(listProviderConnections, async () => ({ status: 200, body: { connections: await connections.list() } })),
  route(getProviderConnection, async ({ params }) => ({ status: 200, body: await connections.get(params.id) })),
  route(createProviderConnection, async ({ body }) => ({ status: 201, body: await connections.create(body) })),
  route(updateProviderConnection, async ({ params, body }) => ({
    status: 200,
    body: await connections.update(params.id, body),
  })),
  route(deleteProviderConnection, async ({ params }) => ({ status: 200, body: await connections.remove(params.id) })),
  route(checkProviderConnection, async ({ params }) => ({ status: 200, body: await connections.check(params.id) })),
];
