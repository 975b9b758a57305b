import { listUsageRequests } from "@llm-tuner/contract/usage.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { UsageUsecases } from "./usage.usecases.ts";

export const createUsageRoutes = (usecases: UsageUsecases): readonly Route[] => [
  route(listUsageRequests, async ({ caller, query }) => ({
    status: 200,
    body: await usecases.listRequests(caller.userId, query),
  })),
];
