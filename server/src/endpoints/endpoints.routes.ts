import { deployModel, getDeployment, testModel, undeployModel } from "@llm-tuner/contract/models.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { EndpointsUsecases } from "./endpoints.usecases.ts";
import type { TryOutUsecases } from "./try-out.usecases.ts";

export const endpointsRoutes = (endpoints: EndpointsUsecases, tryOut: TryOutUsecases): Route[] => [
  route(deployModel, async ({ caller, params, body }) => ({
    status: 201,
    body: await endpoints.deploy(caller.userId, params.id, body.idle_timeout_minutes),
  })),
  route(getDeployment, async ({ caller, params }) => ({
    status: 200,
    body: await endpoints.get(caller.userId, params.id),
  })),
  route(undeployModel, async ({ caller, params }) => {
    await endpoints.undeploy(caller.userId, params.id);
    return { status: 204 };
  }),
  route(testModel, async ({ caller, params, body, signal }) => ({
    status: 200,
    body: await tryOut.ask({ caller, modelId: params.id, request: body, signal }),
  })),
];
