import {
  importOfferedModels,
  listOfferedModels,
  OfferedModel,
  ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { catalogueModels } from "../catalogue/catalogue.ts";
import { json, startFakeProvider } from "../testing/fake-provider.ts";
import { createProvidersWorld, refusalOf } from "../testing/providers-world.ts";

const world = await createProvidersWorld();
const { call, audited } = world;
const provider = await startFakeProvider();
afterAll(async () => {
  await provider.close();
  await world.close();
});

const connections = "/api/admin/providers/connections";
const models = "/api/admin/providers/models";
const connect = async (body: object): Promise<string> =>
  ProviderConnection.parse((await call("POST", connections, { body })).json()).id;
const listOf = async (query = ""): Promise<OfferedModel[]> =>
  listOfferedModels.responses[200].schema.parse((await call("GET", `${models}${query}`)).json()).models;
const modelOf = (answer: { json: () => unknown }) => OfferedModel.parse(answer.json());
const offer = async (body: object) => call("POST", models, { body });
const routeTo = async (model: string) =>
  (await world.providers.modelTable.find(world.callerOf(world.ada), model))?.steps[0]?.[0]?.route;

let anthropic = "";
let local = "";
beforeEach(async () => {
  await world.forget();
  anthropic = await connect({ name: "anthropic", kind: "anthropic", api_key: "a-key-of-anthropic" });
  local = await connect({ name: "local", kind: "openai-compatible", base_url: provider.baseUrl });
});

describe("models on offer", () => {
  it("are those of the catalogue as soon as their provider is connected", async () => {
    const shipped = catalogueModels.filter((entry) => entry.provider === "anthropic");
    const listed = await listOf(`?connection_id=${anthropic}`);
    expect(listed.map(({ model }) => model)).toEqual(shipped.map(({ model }) => model).toSorted());
    expect(listed.find(({ model }) => model === "claude-opus-5")).toEqual({
      id: expect.stringMatching(/^dep_[0-9a-f]{24}$/),
      connection_id: anthropic,
      provider: "anthropic",
      model: "claude-opus-5",
      price_model: "claude-opus-5",
      context_window: 1_000_000,
      max_output_tokens: 128_000,
      capabilities: ["chat", "tools", "vision", "json_schema", "reasoning"],
      on_disconnect: { whole: "drain", stream: "abort" },
      first_byte_timeout_ms: null,
      idle_timeout_ms: null,
      total_timeout_ms: null,
      enabled: true,
      source: "catalogue",
      changed: false,
      available: true,
      input_price: expect.toSatisfy((price: unknown) => price === null || typeof price === "number"),
      output_price: expect.toSatisfy((price: unknown) => price === null || typeof price === "number"),
    });
    expect(await listOf(`?connection_id=${local}`)).toEqual([]);
  });

  it("of the catalogue can be changed, and become as they were shipped when the change is deleted", async () => {
    const id = (await listOf()).find(({ model }) => model === "claude-opus-5")?.id ?? "";
    const change = {
      max_output_tokens: 1000,
      on_disconnect: { whole: "abort", stream: "drain" },
      idle_timeout_ms: 5000,
      price_model: "claude-opus-5@eu",
    };
    const changed = modelOf(await call("PATCH", `${models}/${id}`, { body: change }));
    expect(changed).toMatchObject({ id, ...change, source: "catalogue", changed: true, context_window: 1_000_000 });
    expect(await routeTo("claude-opus-5")).toMatchObject({
      deployment: id,
      maxOutputTokens: 1000,
      onDisconnect: { whole: "abort", stream: "drain" },
      timeouts: { idleTimeoutMs: 5000 },
      priceModel: "claude-opus-5@eu",
    });
    await call("PATCH", `${models}/${id}`, { body: { enabled: false } });
    expect(await routeTo("claude-opus-5")).toBeUndefined();
    expect((await audited("admin.offered_model_changed"))[0]).toMatchObject({
      target: { kind: "offered_model", id },
      details: { enabled: false, max_output_tokens: 1000 },
    });
    expect((await call("DELETE", `${models}/${id}`)).status).toBe(200);
    expect(await routeTo("claude-opus-5")).toMatchObject({ deployment: id, maxOutputTokens: 128_000, timeouts: {} });
    expect((await listOf()).find((model) => model.id === id)).toMatchObject({ changed: false, enabled: true });
  });

  it("are added under any name, and keep their id when they are offered again", async () => {
    const made = await offer({
      connection_id: local,
      model: "llama3.1:8b",
      context_window: 8192,
      capabilities: ["chat"],
    });
    const model = modelOf(made);
    expect([made.status, model]).toEqual([
      201,
      expect.objectContaining({ provider: "local", source: "added", price_model: "llama3.1:8b", input_price: null }),
    ]);
    expect(await routeTo("llama3.1:8b")).toMatchObject({
      deployment: model.id,
      provider: "local",
      adapter: "openai-compatible",
      upstreamModel: "llama3.1:8b",
    });
    expect((await call("DELETE", `${models}/${model.id}`)).status).toBe(200);
    expect(await routeTo("llama3.1:8b")).toBeUndefined();
    expect(modelOf(await offer({ connection_id: local, model: "llama3.1:8b" })).id).toBe(model.id);
    expect((await audited("admin.offered_model_created"))[0]?.target).toEqual({ kind: "offered_model", id: model.id });
  });

  it("with a * let every such name through, except one that is switched off by name", async () => {
    const { id } = modelOf(await offer({ connection_id: local, model: "qwen-*" }));
    const whole = modelOf(await offer({ connection_id: local, model: "qwen-72b", price_model: "big" }));
    expect(await routeTo("qwen-7b")).toMatchObject({ deployment: id, upstreamModel: "qwen-7b", priceModel: "qwen-7b" });
    expect(await routeTo("qwen-72b")).toMatchObject({ deployment: whole.id, priceModel: "big" });
    await call("PATCH", `${models}/${whole.id}`, { body: { enabled: false } });
    expect(await routeTo("qwen-72b")).toBeUndefined();
    expect(await routeTo("llama")).toBeUndefined();
    await call("PATCH", `${connections}/${anthropic}`, { body: { offers_catalogue: false } });
    await offer({ connection_id: anthropic, model: "claude-*" });
    // What is known of a model is of use also where a pattern lets it through.
    expect(await routeTo("claude-opus-5")).toMatchObject({ maxOutputTokens: 128_000 });
    expect(await routeTo("claude-unheard-of")).toMatchObject({ maxOutputTokens: null });
    await offer({ connection_id: local, model: "*", price_model: "flat" });
    expect(await routeTo("llama")).toMatchObject({ upstreamModel: "llama", priceModel: "flat" });
    expect((await routeTo("qwen-7b"))?.deployment).toBe(id);
  });

  it("are imported from the provider's own list, with what it says of them", async () => {
    provider.answerWith(
      json(200, { data: [{ id: "mistral", max_model_len: 32_768 }, { id: "nomic-embed" }, { id: "x" }] }),
    );
    await offer({ connection_id: local, model: "x", max_output_tokens: 7 });
    const imported = await call("POST", `${connections}/${local}/import`, {
      body: { models: ["mistral", "nomic-embed", "x", "mistral"] },
    });
    const { added } = importOfferedModels.responses[200].schema.parse(imported.json());
    expect(
      added.map(({ model, context_window, capabilities, source }) => [model, context_window, capabilities, source]),
    ).toEqual([
      ["mistral", 32_768, ["chat"], "imported"],
      ["nomic-embed", null, ["embeddings"], "imported"],
    ]);
    const kept = (await listOf(`?connection_id=${local}`)).find(({ model }) => model === "x");
    expect(kept).toMatchObject({ max_output_tokens: 7, source: "added" });
    const body = { models: ["mistral-2"] };
    expect(refusalOf(await call("POST", `${connections}/${local}/import`, { body }))).toEqual([
      400,
      "model_not_listed",
    ]);
    provider.answerWith(json(500, {}));
    expect(refusalOf(await call("POST", `${connections}/${local}/import`, { body }))).toEqual([
      409,
      "provider_check_failed",
    ]);
  });

  it("go with their connection", async () => {
    await offer({ connection_id: local, model: "llama" });
    await call("DELETE", `${connections}/${local}`);
    expect((await listOf()).every(({ connection_id }) => connection_id === anthropic)).toBe(true);
    const again = await connect({ name: "local", kind: "openai-compatible", base_url: provider.baseUrl });
    expect(await listOf(`?connection_id=${again}`)).toEqual([]);
  });

  it("are not available without what their connection needs", async () => {
    await call("PATCH", `${connections}/${anthropic}`, { body: { enabled: false } });
    expect((await listOf(`?connection_id=${anthropic}`)).some(({ available }) => available)).toBe(false);
    expect(await routeTo("claude-opus-5")).toBeUndefined();
  });

  it("400, 404 and 409: a pattern with its star elsewhere, nowhere, twice", async () => {
    expect(refusalOf(await offer({ connection_id: local, model: "a*b" }))).toEqual([400, "invalid_model_pattern"]);
    expect(refusalOf(await offer({ connection_id: "conn_0000000000000000", model: "a" }))).toEqual([
      404,
      "provider_connection_not_found",
    ]);
    expect(refusalOf(await offer({ connection_id: anthropic, model: "claude-opus-5" }))).toEqual([
      409,
      "offered_model_exists",
    ]);
    const nowhere = `${models}/dep_0000000000000000`;
    expect(refusalOf(await call("PATCH", nowhere, { body: { enabled: true } }))).toEqual([
      404,
      "offered_model_not_found",
    ]);
    expect(refusalOf(await call("DELETE", nowhere))).toEqual([404, "offered_model_not_found"]);
    expect((await offer({ connection_id: local, model: "a", max_output_tokens: 0 })).status).toBe(400);
  });

  it("401 and 403: are administered by administrators who signed in", async () => {
    const body = { connection_id: local, model: "a" };
    for (const [as, status] of [
      ["", 401],
      ["ada", 403],
      ["key-of-admin", 403],
    ] as const) {
      expect((await call("GET", models, { as })).status).toBe(status);
      expect((await call("POST", models, { as, body })).status).toBe(status);
      expect((await call("POST", `${connections}/${local}/import`, { as, body: { models: ["a"] } })).status).toBe(
        status,
      );
    }
    expect(await listOf(`?connection_id=${local}`)).toEqual([]);
  });
});
