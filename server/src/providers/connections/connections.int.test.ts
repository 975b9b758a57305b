import { randomBytes } from "node:crypto";
import { ConnectionCheck, listProviderConnections, ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createEnvelope } from "../../platform/crypto/envelope.ts";
import { masterKeysOf } from "../../platform/crypto/master-keys.ts";
import { rewrapAll } from "../../platform/crypto/rewrap.ts";
import { providersEncryptedColumns } from "../encrypted-columns.ts";
import { json, startFakeProvider } from "../testing/fake-provider.ts";
import { createProvidersWorld, masterKey, refusalOf } from "../testing/providers-world.ts";

const world = await createProvidersWorld();
const { database, call, audited, admin } = world;
const provider = await startFakeProvider();
afterAll(async () => {
  await provider.close();
  await world.close();
});
beforeEach(world.forget);

const path = "/api/admin/providers/connections";
const apiKey = "test-key-that-nobody-may-see-WXYZ";
const headerValue = "org-that-nobody-may-see";
const openai = { name: "openai-eu", kind: "openai", api_key: apiKey };
const local = () => ({ name: "ollama", kind: "openai-compatible", base_url: `${provider.baseUrl}/v1` });

const connectionOf = (answer: { json: () => unknown }) => ProviderConnection.parse(answer.json());
const create = async (body: object) => connectionOf(await call("POST", path, { body }));
const listed = async () =>
  listProviderConnections.responses[200].schema.parse((await call("GET", path)).json()).connections;
const callerOf = () => world.callerOf(world.ada);
const leaseOf = async (model: string, table = world.providers.modelTable) => {
  const plan = await table.find(callerOf(), model);
  return plan?.steps[0]?.[0]?.route.acquire(new AbortController().signal);
};

/** All that the database holds, as text, with bytes in every notation. */
async function dump(): Promise<string> {
  const tables = ["provider_connections", "offered_models", "model_routes", "audit_events"];
  const row = z.object({ text: z.string() });
  const texts = await Promise.all(
    tables.map((table) => database.rows(row, `select row_to_json(t)::text as text from ${table} t`)),
  );
  const [bytes] = await database.rows(
    z.object({ secrets: z.instanceof(Uint8Array) }),
    "select secrets from provider_connections",
  );
  return (
    texts
      .flat()
      .map(({ text }) => text)
      .join("\n") + Buffer.from(bytes?.secrets ?? []).toString("latin1")
  );
}

describe("a connection", () => {
  it("is made, read, changed and deleted by an administrator, each with an audit entry and never with its secrets", async () => {
    const made = await call("POST", path, {
      body: { ...openai, headers: [{ name: "OpenAI-Organization", value: headerValue }] },
    });
    const connection = connectionOf(made);
    expect([made.status, connection]).toEqual([
      201,
      {
        id: expect.stringMatching(/^conn_/),
        name: "openai-eu",
        kind: "openai",
        base_url: "https://api.openai.com",
        api_key_last4: "WXYZ",
        header_names: ["OpenAI-Organization"],
        offers_catalogue: true,
        enabled: true,
        source: "stored",
        models: expect.any(Number),
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
    expect(connection.models).toBeGreaterThan(5);
    expect(connectionOf(await call("GET", `${path}/${connection.id}`))).toEqual(connection);
    expect(await listed()).toEqual([connection]);
    expect(await audited("admin.provider_connection_created")).toEqual([
      {
        actor: admin,
        target: { kind: "provider_connection", id: connection.id },
        details: expect.objectContaining({ name: "openai-eu", key_ends_with: "WXYZ" }),
      },
    ]);

    const changed = await call("PATCH", `${path}/${connection.id}`, {
      body: { enabled: false, offers_catalogue: false },
    });
    expect(connectionOf(changed)).toMatchObject({
      enabled: false,
      offers_catalogue: false,
      api_key_last4: "WXYZ",
      models: 0,
    });
    const deleted = await call("DELETE", `${path}/${connection.id}`);
    expect([deleted.status, connectionOf(deleted).id]).toEqual([200, connection.id]);
    expect(await listed()).toEqual([]);
    expect(await audited("admin.provider_connection_deleted")).toHaveLength(1);
    for (const { text } of [made, changed, deleted]) {
      expect(text).not.toContain(apiKey);
      expect(text).not.toContain(headerValue);
    }
  });

  it("lies encrypted: nothing in the database says the API key or a header's value", async () => {
    await create({ ...openai, headers: [{ name: "X-Org", value: headerValue }] });
    const text = await dump();
    expect(text).toContain("openai-eu");
    for (const secret of [apiKey, headerValue]) {
      for (const notation of ["utf8", "hex", "base64", "base64url"] as const) {
        expect(text).not.toContain(Buffer.from(secret).toString(notation).replaceAll("=", ""));
      }
    }
  });

  it("gets a new API key at once; the audit log tells both by their ends", async () => {
    const { id } = await create(openai);
    expect((await leaseOf("openai/gpt-4.1"))?.headers).toEqual({ authorization: `Bearer ${apiKey}` });
    const changed = await call("PATCH", `${path}/${id}`, { body: { api_key: "another-key-for-this-1234" } });
    expect(connectionOf(changed).api_key_last4).toBe("1234");
    expect((await leaseOf("openai/gpt-4.1"))?.headers).toEqual({ authorization: "Bearer another-key-for-this-1234" });
    expect((await audited("admin.provider_connection_changed"))[0]?.details).toMatchObject({
      key_ended_with: "WXYZ",
      key_ends_with: "1234",
    });
  });

  it("shows nothing of a short API key", async () => {
    expect(await create({ ...local(), api_key: "short" })).toMatchObject({ api_key_last4: "****" });
  });

  it("outlives a change of the master key", async () => {
    await create(openai);
    const young = randomBytes(32);
    const during = createEnvelope(masterKeysOf([young, masterKey]));
    const result = await rewrapAll({ database, envelope: during, columns: providersEncryptedColumns });
    expect(result).toEqual({ changed: 1, unreadable: [] });
    const restarted = world.createModule({ envelope: createEnvelope(young) });
    expect((await leaseOf("openai/gpt-4.1", restarted.modelTable))?.headers).toEqual({
      authorization: `Bearer ${apiKey}`,
    });
  });

  it("with secrets that cannot be decrypted leaves the others alone, and is mended by entering them anew", async () => {
    const { id } = await create(openai);
    await create({ ...openai, name: "openai" });
    await database.execute("update provider_connections set secrets = '\\x00' where id = $1", [id]);
    expect((await listed()).map(({ name, enabled }) => [name, enabled])).toEqual([
      ["openai", true],
      ["openai-eu", false],
    ]);
    expect(await leaseOf("openai-eu/gpt-4.1")).toBeUndefined();
    expect(await leaseOf("gpt-4.1")).toBeDefined();
    expect((await call("PATCH", `${path}/${id}`, { body: { enabled: true } })).status).toBe(500);
    await call("PATCH", `${path}/${id}`, { body: { api_key: apiKey, headers: [] } });
    expect(await leaseOf("openai-eu/gpt-4.1")).toBeDefined();
  });

  it("does not take its secrets to another server", async () => {
    const { id } = await create({ ...openai, headers: [{ name: "X-Org", value: headerValue }] });
    const elsewhere = { base_url: "https://elsewhere.example.com" };
    expect(refusalOf(await call("PATCH", `${path}/${id}`, { body: elsewhere }))).toEqual([400, "secrets_not_carried"]);
    expect(refusalOf(await call("PATCH", `${path}/${id}`, { body: { ...elsewhere, api_key: "a" } }))).toEqual([
      400,
      "secrets_not_carried",
    ]);
    const own = { base_url: "https://api.openai.com/other/v1" };
    expect(connectionOf(await call("PATCH", `${path}/${id}`, { body: own })).base_url).toBe(
      "https://api.openai.com/other",
    );
    const whole = { ...elsewhere, api_key: "another-key-for-this-1234", headers: [] };
    expect(connectionOf(await call("PATCH", `${path}/${id}`, { body: whole }))).toMatchObject(elsewhere);
  });

  it("may have a name that every object of the language knows", async () => {
    const named = { ...local(), name: "constructor" };
    expect(connectionOf(await call("POST", path, { body: named }))).toMatchObject({ name: "constructor" });
  });

  it("400, 404 and 409: what cannot be a connection, and what is not there", async () => {
    const { id } = await create(openai);
    const refused = async (body: object) => refusalOf(await call("POST", path, { body }));
    expect(await refused(openai)).toEqual([409, "provider_connection_exists"]);
    expect(await refused({ name: "anthropic", kind: "openai", api_key: "a" })).toEqual([
      400,
      "provider_connection_name_reserved",
    ]);
    expect(await refused({ name: "tuned", kind: "openai-compatible", base_url: "https://a.example" })).toEqual([
      400,
      "provider_connection_name_reserved",
    ]);
    expect(await refused({ name: "a", kind: "openai" })).toEqual([400, "api_key_needed"]);
    expect(await refused({ name: "a", kind: "openai-compatible" })).toEqual([400, "invalid_base_url"]);
    expect(await refused({ ...local(), base_url: "http://192.168.0.1" })).toEqual([400, "invalid_base_url"]);
    expect(await refused({ ...local(), headers: [{ name: "Host", value: "a" }] })).toEqual([400, "invalid_header"]);
    const twice = ["X-One", "x-one"].map((name) => ({ name, value: "1" }));
    expect(await refused({ ...local(), headers: twice })).toEqual([400, "invalid_header"]);
    expect(await refused({ ...openai, api_key: "line\nbreak" })).toEqual([400, "invalid_request"]);
    await create({ ...openai, name: "second" });
    expect(refusalOf(await call("PATCH", `${path}/${id}`, { body: { name: "second" } }))).toEqual([
      409,
      "provider_connection_exists",
    ]);
    for (const method of ["GET", "DELETE"] as const) {
      expect(refusalOf(await call(method, `${path}/conn_0000000000000000`))).toEqual([
        404,
        "provider_connection_not_found",
      ]);
    }
    expect((await listed()).map(({ name }) => name)).toEqual(["openai-eu", "second"]);
  });

  it("409: beyond as many as anybody needs", async () => {
    await database.execute(
      `insert into provider_connections (id, name, kind, base_url, secrets, header_names, offers_catalogue, enabled,
         created_at, updated_at)
       select 'conn_' || n, 'server-' || n, 'openai-compatible', 'https://a.example', '\\x00', '{}', false, false, now(), now()
       from generate_series(1, 50) n`,
    );
    expect(refusalOf(await call("POST", path, { body: openai }))).toEqual([409, "too_many"]);
  });

  it("under another name is another provider of an OpenAI-compatible server, and the same of OpenAI", async () => {
    const { id } = await create(local());
    const { id: hosted } = await create(openai);
    await call("POST", "/api/admin/providers/models", { body: { connection_id: id, model: "llama" } });
    await call("PATCH", `${path}/${id}`, { body: { name: "vllm" } });
    await call("PATCH", `${path}/${hosted}`, { body: { name: "openai" } });
    const providerOf = async (model: string) =>
      (await world.providers.modelTable.find(callerOf(), model))?.steps[0]?.[0]?.route.provider;
    expect(await providerOf("vllm/llama")).toBe("vllm");
    expect(await providerOf("ollama/llama")).toBeUndefined();
    expect(await providerOf("openai/gpt-4.1")).toBe("openai");
  });

  it("401 and 403: for everybody who is no signed-in administrator", async () => {
    const { id } = await create(openai);
    for (const [as, status] of [
      ["", 401],
      ["ada", 403],
      ["key-of-admin", 403],
    ] as const) {
      expect((await call("GET", path, { as })).status).toBe(status);
      expect((await call("POST", path, { as, body: { ...openai, name: "other" } })).status).toBe(status);
      expect((await call("PATCH", `${path}/${id}`, { as, body: { enabled: false } })).status).toBe(status);
      expect((await call("DELETE", `${path}/${id}`, { as })).status).toBe(status);
      expect((await call("POST", `${path}/${id}/check`, { as })).status).toBe(status);
    }
    expect(await listed()).toHaveLength(1);
  });

  it("is checked by asking the provider for its models", async () => {
    const { id } = await create({ ...local(), api_key: apiKey });
    provider.answerWith(json(200, { data: [{ id: "llama" }, { id: "qwen" }] }));
    const check = async () => ConnectionCheck.parse((await call("POST", `${path}/${id}/check`)).json());
    expect(await check()).toEqual({
      ok: true,
      problem: null,
      message: "The provider lists 2 models.",
      models: ["llama", "qwen"],
      latency_ms: expect.any(Number),
    });
    provider.answerWith(json(401, {}));
    expect(await check()).toMatchObject({ ok: false, problem: "wrong_api_key", models: [] });
  });
});

describe("a connection of the environment", () => {
  it("is there from the start, comes first, offers its provider's models, and is changed in the settings only", async () => {
    const module = world.createModule({
      config: {
        openaiApiKey: apiKey,
        anthropicApiKey: "a-key-of-anthropic",
        anthropicBaseUrl: `${provider.baseUrl}/v1`,
      },
    });
    const other = await world.callOf(module);
    await create({ ...openai, name: "aaa" });
    const all = listProviderConnections.responses[200].schema.parse((await other.call("GET", path)).json()).connections;
    expect(all.map(({ name, source, api_key_last4, base_url }) => [name, source, api_key_last4, base_url])).toEqual([
      ["openai", "environment", "WXYZ", "https://api.openai.com"],
      ["anthropic", "environment", "opic", provider.baseUrl],
      ["aaa", "stored", "WXYZ", "https://api.openai.com"],
    ]);
    const id = all[1]?.id ?? "";
    expect((await leaseOf("claude-opus-5", module.modelTable))?.headers).toEqual({
      "x-api-key": "a-key-of-anthropic",
      "anthropic-version": "2023-06-01",
    });
    expect(refusalOf(await other.call("PATCH", `${path}/${id}`, { body: { enabled: false } }))).toEqual([
      409,
      "provider_connection_of_environment",
    ]);
    expect(refusalOf(await other.call("DELETE", `${path}/${id}`))).toEqual([409, "provider_connection_of_environment"]);
    provider.answerWith(json(200, { data: [{ type: "model", id: "claude-x" }] }));
    const check = await other.call("POST", `${path}/${id}/check`);
    expect(ConnectionCheck.parse(check.json())).toMatchObject({ ok: true, models: ["claude-x"] });
    await other.close();
  });
});
