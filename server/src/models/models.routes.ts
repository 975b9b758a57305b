import { deleteModel, downloadModel, getModel, listModels } from "@llm-tuner/contract/models.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { ModelsUsecases } from "./models.usecases.ts";

export const modelsRoutes = (usecases: ModelsUsecases): Route[] => [
  route(listModels, async ({ caller, query }) => ({ status: 200, body: await usecases.list(caller.userId, query) })),
  route(getModel, async ({ caller, params }) => ({ status: 200, body: await usecases.get(caller.userId, params.id) })),
  route(deleteModel, async ({ caller, params }) => {
    await usecases.remove(caller.userId, params.id);
    return { status: 204 };
  }),
  route(downloadModel, async ({ caller, params }) => ({
    status: 200,
    headers: { "content-disposition": 'attachment; filename="model.tar.gz"' },
    body: await usecases.archive(caller.userId, params.id),
  })),
];
