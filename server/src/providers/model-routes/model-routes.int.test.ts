import { ApiError } from "@llm-tuner/contract/errors.ts";
import { listModelRoutes, ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { OfferedModel, ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createProvidersWorld, refusalOf } from "../testing/providers-world.ts";

const world = await createProvidersWorld();
const { call, audited, platformModels, ada } = world;
afterAll(world.close);

const routes = "/api/admin/providers/routes";
const to = (...models: string[]) => models.map((model) => [{ model }]);
const create = (body: object) => call("POST", routes, { body });
const routeOf = (answer: { json: () => unknown }) => ModelRoute.parse(answer.json());
const listed = async () => listModelRoutes.responses[200].schema.parse((await call("GET", routes)).json()).routes;

let tunedId = "";
let offerId = "";
beforeEach(async () => {
  await world.forget();
  tunedId = platformModels.add("ft:starter:ada::model", ada);
  platformModels.add("starter", null);
  const connection = await call("POST", "/api/admin/providers/connections", {
    body: { name: "openai", kind: "openai", api_key: "a-key-of-openai" },
  });
  const { id } = ProviderConnection.parse(connection.json());
  const own = await call("POST", "/api/admin/providers/models", { body: { connection_id: id, model: "own" } });
  offerId = OfferedModel.parse(own.json()).id;
});

describe("a route", () => {
  it("is made, changed and deleted, each with an audit entry; ids of tuned models become names", async () => {
    const steps = [
      [{ model: "gpt-4.1", weight: 9 }, { model: tunedId }],
      [
        { model: offerId, weight: 1 },
        { model: "openai/gpt-4o", weight: 2 },
      ],
      [{ model: "tuned/starter" }],
    ];
    const made = await create({ name: "fast", description: " For drafts ", steps });
    const route = routeOf(made);
    const kept = [
      [
        { model: "gpt-4.1", weight: 9 },
        { model: "ft:starter:ada::model", weight: 1 },
      ],
      [
        { model: offerId, weight: 1 },
        { model: "openai/gpt-4o", weight: 2 },
      ],
      [{ model: "tuned/starter", weight: 1 }],
    ];
    expect([made.status, route]).toEqual([
      201,
      {
        id: expect.stringMatching(/^route_/),
        name: "fast",
        description: "For drafts",
        steps: kept,
        enabled: true,
        shadows: false,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
    expect(await listed()).toEqual([route]);
    expect((await audited("admin.model_route_created"))[0]?.details).toEqual({
      name: "fast",
      steps: ["gpt-4.1 × 9, ft:starter:ada::model × 1", `${offerId} × 1, openai/gpt-4o × 2`, "tuned/starter × 1"],
      enabled: true,
    });
    const changed = await call("PATCH", `${routes}/${route.id}`, { body: { name: "quick", steps: to("own") } });
    expect(routeOf(changed)).toMatchObject({ name: "quick", steps: [[{ model: "own", weight: 1 }]], enabled: true });
    expect((await audited("admin.model_route_changed"))[0]?.details.name).toBe("quick");
    expect((await call("DELETE", `${routes}/${route.id}`)).status).toBe(200);
    expect(await listed()).toEqual([]);
    expect((await audited("admin.model_route_deleted"))[0]?.target).toEqual({ kind: "model_route", id: route.id });
  });

  it("may have the name of a model on offer, which it says; that model is reached by its provider", async () => {
    expect(routeOf(await create({ name: "gpt-4o", steps: to("openai/gpt-4o", "starter") }))).toMatchObject({
      shadows: true,
    });
  });

  it("does not take the name of a tuned or base model, nor one that such a model may get", async () => {
    for (const name of ["starter", "ft:starter:ada::model", "ft:to:come"]) {
      expect(refusalOf(await create({ name, steps: to("own") }))).toEqual([409, "model_route_name_taken"]);
    }
  });

  it("leads to models and never to a route, so that none leads back to itself", async () => {
    expect(refusalOf(await create({ name: "gpt-4o", steps: to("gpt-4o") }))).toEqual([400, "model_route_to_route"]);
    const { id } = routeOf(await create({ name: "a", steps: to("own") }));
    expect(refusalOf(await create({ name: "b", steps: to("own", "a") }))).toEqual([400, "model_route_to_route"]);
    // The other way round: the name is a target already.
    expect(refusalOf(await create({ name: "own", steps: to("gpt-4o") }))).toEqual([409, "model_route_name_taken"]);
    const change = (body: object) => call("PATCH", `${routes}/${id}`, { body });
    expect(refusalOf(await change({ steps: to("a") }))).toEqual([400, "model_route_to_route"]);
    expect(refusalOf(await change({ name: "own" }))).toEqual([400, "model_route_to_route"]);
    expect((await listed()).map(({ name }) => name)).toEqual(["a"]);
  });

  it("that two administrators make towards each other at once exists once", async () => {
    const answers = await Promise.all([
      create({ name: "gpt-4o", steps: to("gpt-4.1") }),
      create({ name: "gpt-4.1", steps: to("gpt-4o") }),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)[0]).toBe(201);
    expect(await listed()).toHaveLength(1);
  });

  it("can be switched off also when a model of it is gone", async () => {
    const { id } = routeOf(await create({ name: "a", steps: to("own") }));
    await call("DELETE", `/api/admin/providers/models/${offerId}`);
    expect(routeOf(await call("PATCH", `${routes}/${id}`, { body: { enabled: false } }))).toMatchObject({
      enabled: false,
    });
    expect(refusalOf(await call("PATCH", `${routes}/${id}`, { body: { steps: to("own") } }))).toEqual([
      400,
      "model_route_target_unknown",
    ]);
  });

  it("400, 404 and 409: to nowhere, without a step, with a slash in its name, unknown, twice", async () => {
    for (const model of ["nowhere", "openai/nowhere", "tuned/nowhere", "model_0000000000000000"]) {
      expect(refusalOf(await create({ name: "a", steps: to(model) }))).toEqual([400, "model_route_target_unknown"]);
    }
    const invalid = [
      { name: "a", steps: [] },
      { name: "a", steps: [[]] },
      { name: "openai/a", steps: to("own") },
      { name: "a", steps: [[{ model: "own", weight: 0 }]] },
    ];
    for (const body of invalid) expect(refusalOf(await create(body))).toEqual([400, "invalid_request"]);
    expect(refusalOf(await call("PATCH", `${routes}/route_0000000000000000`, { body: { enabled: true } }))).toEqual([
      404,
      "model_route_not_found",
    ]);
    expect(refusalOf(await call("DELETE", `${routes}/route_0000000000000000`))).toEqual([404, "model_route_not_found"]);
    await create({ name: "a", steps: to("own") });
    expect(refusalOf(await create({ name: "a", steps: to("own") }))).toEqual([409, "model_route_name_taken"]);
  });

  it("says at which place a model is wrong", async () => {
    const placesOf = (answer: { json: () => unknown }) => ApiError.parse(answer.json()).error.details?.places;
    const steps = (last: string) => [...to("own"), [{ model: "own" }, { model: last }]];
    expect(placesOf(await create({ name: "a", steps: steps("nowhere") }))).toEqual([{ field: "steps.1.1.model" }]);
    const { id } = routeOf(await create({ name: "a", steps: to("own") }));
    const change = (body: object) => call("PATCH", `${routes}/${id}`, { body });
    expect(placesOf(await change({ steps: steps("a") }))).toEqual([{ field: "steps.1.1.model" }]);
    expect(placesOf(await change({ name: "own" }))).toEqual([{ field: "name" }]);
  });

  it("401 and 403: is administered by administrators who signed in", async () => {
    for (const [as, status] of [
      ["", 401],
      ["ada", 403],
      ["key-of-admin", 403],
    ] as const) {
      expect((await call("GET", routes, { as })).status).toBe(status);
      expect((await call("POST", routes, { as, body: { name: "a", steps: to("own") } })).status).toBe(status);
    }
    expect(await listed()).toEqual([]);
  });
});
