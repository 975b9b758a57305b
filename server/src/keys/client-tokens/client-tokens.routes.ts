import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { ClientTokenUsecases } from "./client-tokens.usecases.ts";

export const createClientTokenRoutes = (usecases: ClientTokenUsecases): readonly Route[] => [
  route(createClientToken, async ({ caller, body }) => ({ status: 201, body: await usecases.create(caller, body) })),
];
