import * as contract from "@llm-tuner/contract/documents.ts";
import { route, type Route } from "../../../platform/http/route.ts";
import type { SearchUsecases } from "./search.usecases.ts";

export const createSearchRoutes = (search: SearchUsecases): Route[] => [
  route(contract.searchDocuments, async ({ caller, query }) => ({
    status: 200,
    body: await search.search(caller.userId, query),
  })),
];
