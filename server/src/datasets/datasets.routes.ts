import * as contract from "@llm-tuner/contract/datasets.ts";
import { route, type Route } from "../platform/http/route.ts";
import type { DatasetsUsecases } from "./datasets.usecases.ts";

export const createDatasetsRoutes = (datasets: DatasetsUsecases): Route[] => [
  route(contract.createDataset, async ({ caller, body }) => {
    const dataset = await datasets.createChecked(caller.userId, body);
    return { status: dataset.status === "ready" ? 201 : 202, body: dataset };
  }),

  route(contract.listDatasets, async ({ caller, query }) => ({
    status: 200,
    body: await datasets.list(caller.userId, query),
  })),

  route(contract.getDataset, async ({ caller, params }) => ({
    status: 200,
    body: await datasets.getOwned(caller.userId, params.id),
  })),

  route(contract.previewDataset, async ({ caller, params, query }) => ({
    status: 200,
    body: { examples: await datasets.preview(caller.userId, params.id, query) },
  })),

  route(contract.deleteDataset, async ({ caller, params }) => {
    await datasets.delete(caller.userId, params.id);
    return { status: 204 };
  }),
];
