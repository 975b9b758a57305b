import { listModelRoutes, ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { startFakeUpstream } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createBelongings, createPerson } from "./testing/people.ts";

const upstream = await startFakeUpstream();
const server = await createComposedServer({
  environment: {
    OPENAI_API_KEY: "the-key-of-the-installation",
    OPENAI_BASE_URL: new URL("/base", upstream.origin).href,
  },
});
const { app } = server;
afterAll(async () => {
  await server.close();
  await upstream.close();
});

const owner = await createPerson(app, "owner@example.org");
const stranger = await createPerson(app, "stranger@example.org");
const admin = await createAdmin(server, "admin@example.org");
const own = await createBelongings(server, owner);

const routes = "/api/admin/providers/routes";
const makeRoute = (name: string, model: string) =>
  app.inject({ method: "POST", url: routes, headers: admin.session, payload: { name, steps: [[{ model }]] } });
const ModelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string() })) });
const modelsFor = async (headers: Record<string, string>) =>
  ModelList.parse((await app.inject({ url: "/v1/models", headers })).json()).data;
const ask = (headers: Record<string, string>, model: string) =>
  app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers,
    payload: { model, messages: [{ role: "user", content: "Hi" }] },
  });

describe("a server that was given the key of a provider", () => {
  it("answers with its models, under the key of the installation and never that of the caller", async () => {
    expect(await modelsFor(stranger.session)).toContainEqual({ id: "gpt-4.1", owned_by: "openai" });
    const headers = await stranger.keyWith(["chat"]);
    const answer = await ask(headers, "gpt-4.1");
    expect([answer.statusCode, answer.headers["x-gateway-provider"]]).toEqual([200, "openai"]);
    const asked = await upstream.nextRequest();
    expect([asked.path, asked.headers.authorization]).toEqual([
      "/base/v1/chat/completions",
      "Bearer the-key-of-the-installation",
    ]);
    expect(JSON.stringify(asked.headers)).not.toContain(headers["x-api-key"]);
  });

  it("lets a route lead to a tuned model by its id, for its owner alone", async () => {
    const made = await makeRoute("mine", own.modelId);
    expect([made.statusCode, ModelRoute.parse(made.json()).steps]).toEqual([
      201,
      [[{ model: own.modelName, weight: 1 }]],
    ]);
    expect((await modelsFor(owner.session)).map(({ id }) => id)).toContain("mine");
    expect((await modelsFor(stranger.session)).map(({ id }) => id)).not.toContain("mine");
    expect((await ask(stranger.session, "mine")).statusCode).toBe(404);
    expect((await ask(stranger.session, own.modelName)).statusCode).toBe(404);
  });

  it("gives no route the name of a tuned or base model, nor a way to one that does not exist", async () => {
    const refusal = async (name: string, model: string) => {
      const answer = await makeRoute(name, model);
      return [answer.statusCode, ApiError.parse(answer.json()).error.code];
    };
    expect(await refusal(own.modelName, "gpt-4.1")).toEqual([409, "model_route_name_taken"]);
    expect(await refusal("starter", "gpt-4.1")).toEqual([409, "model_route_name_taken"]);
    expect(await refusal("other", "ft:starter:nobody::nothing")).toEqual([400, "model_route_target_unknown"]);
    const listed = await app.inject({ url: routes, headers: admin.session });
    expect(listModelRoutes.responses[200].schema.parse(listed.json()).routes.map(({ name }) => name)).toEqual(["mine"]);
  });

  it("asks a route's models in the place of one with the same name", async () => {
    expect((await makeRoute("gpt-4o", "openai/gpt-4.1")).statusCode).toBe(201);
    expect((await ask(stranger.session, "gpt-4o")).statusCode).toBe(200);
    expect(upstream.requests.at(-1)?.body.model).toBe("gpt-4.1");
    expect((await ask(stranger.session, "openai/gpt-4o")).statusCode).toBe(200);
    expect(upstream.requests.at(-1)?.body.model).toBe("gpt-4o");
  });
});
