import { createTier, deleteTier, listTiers, updateTier } from "@llm-tuner/contract/admin.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { TierUsecases } from "./tiers.usecases.ts";

export const createTierRoutes = (tiers: TierUsecases): readonly Route[] => [
  route(listTiers, async () => ({ status: 200, body: { tiers: await tiers.list() } })),
  route(createTier, async ({ body }) => ({ status: 201, body: await tiers.create(body) })),
  route(updateTier, async ({ params, body }) => ({ status: 200, body: await tiers.update(params.name, body) })),
  route(deleteTier, async ({ params }) => ({ status: 200, body: await tiers.remove(params.name) })),
];
