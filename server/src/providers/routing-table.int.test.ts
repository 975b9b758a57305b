import { once } from "node:events";
import { listModelRoutes } from "@llm-tuner/contract/model-routes.ts";
import { ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import { createProvidersWorld } from "./testing/providers-world.ts";

const world = await createProvidersWorld();
const { call, platformModels, ada, bob, database } = world;
const table = world.providers.modelTable;
afterAll(world.close);
beforeEach(world.forget);

const idRow = z.object({ id: z.string() });
const admin = "/api/admin/providers";
const post = async (path: string, body: object): Promise<unknown> => {
  const answer = await call("POST", `${admin}/${path}`, { body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json();
};
const connect = async (body: object) => ProviderConnection.parse(await post("connections", body)).id;
const openai = (name: string) => connect({ name, kind: "openai", api_key: `a-key-of-${name}` });
const compatible = async (name: string, ...models: string[]) => {
  const id = await connect({ name, kind: "openai-compatible", base_url: `https://${name}.example.com/api/v1` });
  for (const model of models) await post("models", { connection_id: id, model });
  return id;
};
const route = (name: string, steps: object[][]) => post("routes", { name, steps });

const callerOf = (accountId = ada) => world.callerOf(accountId);
/** Steps as `provider:model@weight`. */
const waysTo = async (model: string, accountId = ada) =>
  (await table.find(callerOf(accountId), model))?.steps.map((step) =>
    step.map(({ route: { provider, upstreamModel }, weight }) => `${provider}:${upstreamModel}@${weight}`),
  );
const namesFor = async (accountId = ada) => (await table.list(callerOf(accountId))).map(({ id }) => id);

describe("a name", () => {
  it("is that of a route first, then of a tuned model, then of a model on offer", async () => {
    await compatible("server", "same", "other");
    expect(await waysTo("same")).toEqual([["server:same@1"]]);
    platformModels.add("same", ada);
    expect(await waysTo("same")).toEqual([["tuned:same@1"]]);
    expect(await waysTo("same", bob)).toEqual([["server:same@1"]]);
    platformModels.clear();
    await route("same", [[{ model: "other" }]]);
    expect(await waysTo("same")).toEqual([["server:other@1"]]);
    expect(await waysTo("nothing")).toBeUndefined();
  });

  it("with a provider before it reaches that provider past every other meaning", async () => {
    await compatible("server", "same");
    platformModels.add("same", null);
    await compatible("elsewhere", "same", "org/deep", "other");
    expect(await waysTo("server/same")).toEqual([["server:same@1"]]);
    expect(await waysTo("elsewhere/org/deep")).toEqual([["elsewhere:org/deep@1"]]);
    expect(await waysTo("tuned/same")).toEqual([["tuned:same@1"]]);
    expect(await waysTo("server/other")).toBeUndefined();
    expect(await waysTo("org/deep")).toEqual([["elsewhere:org/deep@1"]]);
  });

  it("that several connections of one provider offer is shared among them, and never carried to another provider", async () => {
    await openai("openai-us");
    await openai("openai-eu");
    await compatible("aaa", "gpt-4.1");
    expect(await waysTo("gpt-4.1")).toEqual([["openai:gpt-4.1@1", "openai:gpt-4.1@1"]]);
    expect(await waysTo("openai-eu/gpt-4.1")).toEqual([["openai:gpt-4.1@1"]]);
    expect(await waysTo("openai/gpt-4.1")).toEqual([["openai:gpt-4.1@1", "openai:gpt-4.1@1"]]);
    expect(await waysTo("aaa/gpt-4.1")).toEqual([["aaa:gpt-4.1@1"]]);
  });
});

describe("a route", () => {
  it("gives its steps with weights; several connections share what their model was given", async () => {
    await openai("openai-us");
    await openai("openai-eu");
    await compatible("server", "llama");
    platformModels.add("ft:mine", ada);
    await route("fast", [[{ model: "gpt-4.1", weight: 3 }, { model: "ft:mine" }], [{ model: "llama", weight: 5 }]]);
    expect(await waysTo("fast")).toEqual([
      ["openai:gpt-4.1@1.5", "openai:gpt-4.1@1.5", "tuned:ft:mine@1"],
      ["server:llama@5"],
    ]);
  });

  it("leads nobody to a tuned model that is not theirs, and is not there for whom it leads nowhere", async () => {
    await compatible("server", "llama");
    platformModels.add("ft:mine", ada);
    await route("mixed", [[{ model: "ft:mine" }], [{ model: "llama" }]]);
    await route("mine", [[{ model: "ft:mine" }]]);
    expect(await waysTo("mixed")).toEqual([["tuned:ft:mine@1"], ["server:llama@1"]]);
    expect(await waysTo("mixed", bob)).toEqual([["server:llama@1"]]);
    expect(await waysTo("mine")).toEqual([["tuned:ft:mine@1"]]);
    expect(await waysTo("mine", bob)).toBeUndefined();
    expect(await namesFor()).toEqual(expect.arrayContaining(["mine", "mixed", "ft:mine", "llama"]));
    expect((await namesFor(bob)).toSorted()).toEqual(["llama", "mixed"]);
  });

  it("leaves out what is switched off, and stands back itself when it is", async () => {
    const id = await compatible("server", "llama", "qwen");
    await compatible("spare", "spare");
    await route("qwen", [[{ model: "llama" }], [{ model: "spare" }]]);
    await call("PATCH", `${admin}/connections/${id}`, { body: { enabled: false } });
    expect(await waysTo("qwen")).toEqual([["spare:spare@1"]]);
    await call("PATCH", `${admin}/connections/${id}`, { body: { enabled: true } });
    const { routes } = listModelRoutes.responses[200].schema.parse((await call("GET", `${admin}/routes`)).json());
    await call("PATCH", `${admin}/routes/${routes[0]?.id}`, { body: { enabled: false } });
    expect(await waysTo("qwen")).toEqual([["server:qwen@1"]]);
  });
});

describe("the list", () => {
  it("has every name once, with its owner, the newest first, and no patterns", async () => {
    await compatible("server", "same", "org-*");
    platformModels.add("same", ada);
    await route("fast", [[{ model: "server/same" }]]);
    const listed = await table.list(callerOf());
    expect(listed.map(({ id, ownedBy }) => [id, ownedBy])).toEqual([
      ["fast", "llm-tuner"],
      ["same", ada],
    ]);
  });
});

describe("a hosted way", () => {
  const leaseOf = async (model: string) => {
    const plan = await table.find(callerOf(), model);
    return plan?.steps[0]?.[0]?.route.acquire(new AbortController().signal);
  };

  it("is there at once, with the address, its path and the credentials of its kind", async () => {
    await openai("openai");
    await connect({ name: "gemini", kind: "gemini", api_key: "a-key-of-gemini" });
    await connect({
      name: "anthropic",
      kind: "anthropic",
      api_key: "a-key-of-anthropic",
      headers: [{ name: "Anthropic-Beta", value: "more" }],
    });
    await compatible("server", "llama");
    const [gpt, gemini, claude, llama] = await Promise.all(
      ["gpt-4.1", "gemini-3.5-flash", "claude-opus-5", "llama"].map(leaseOf),
    );
    expect(gpt).toMatchObject({
      origin: new URL("https://api.openai.com"),
      headers: { authorization: "Bearer a-key-of-openai" },
    });
    expect(gemini).toMatchObject({
      origin: new URL("https://generativelanguage.googleapis.com"),
      headers: { "x-goog-api-key": "a-key-of-gemini" },
    });
    expect(claude).toMatchObject({
      origin: new URL("https://api.anthropic.com"),
      headers: { "x-api-key": "a-key-of-anthropic", "anthropic-version": "2023-06-01", "anthropic-beta": "more" },
    });
    expect(llama).toMatchObject({ origin: new URL("https://server.example.com/api"), headers: {} });
    expect(llama?.release()).toBeUndefined();
  });

  it("is not there for a client that has gone away", async () => {
    await compatible("server", "llama");
    const plan = await table.find(callerOf(), "llama");
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(async () => plan?.steps[0]?.[0]?.route.acquire(gone)).rejects.toThrow("gone");
  });
});

describe("what is kept in memory", () => {
  it("leaves the platform's own models alone where the name cannot be one of theirs", async () => {
    await compatible("server", "llama");
    platformModels.add("starter", null);
    platformModels.asked.splice(0);
    for (const name of ["llama", "server/llama", "nothing", "starter", "ft:unknown"])
      await table.find(callerOf(), name);
    expect(platformModels.asked).toEqual(["starter", "ft:unknown"]);
  });

  it("is gone on with while the database is away, and asked for before anything is known", async () => {
    await compatible("server", "llama");
    let isAway = false;
    const away: Database = {
      ...database,
      rows: (...query) => (isAway ? Promise.reject(new Error("away")) : database.rows(...query)),
    };
    const { modelTable } = world.createModule({ database: away });
    isAway = true;
    await expect(async () => modelTable.find(callerOf(), "llama")).rejects.toThrow("away");
    isAway = false;
    expect(await modelTable.find(callerOf(), "llama")).toBeDefined();
    isAway = true;
    expect(await modelTable.find(callerOf(), "llama")).toBeDefined();
  });

  it("is asked without a statement, and hears of changes in other processes", async () => {
    let statements = 0;
    const counted: Database = {
      ...database,
      rows: (...query) => {
        statements += 1;
        return database.rows(...query);
      },
    };
    const heard = new EventTarget();
    const otherDatabase = world.openDatabase();
    const other = world.createModule({
      database: {
        ...counted,
        listen: (channel, onMessage) =>
          otherDatabase.listen(channel, (payload) => {
            onMessage(payload);
            heard.dispatchEvent(new Event("change"));
          }),
      },
    });
    await other.start?.();
    expect(await other.modelTable.find(callerOf(), "llama")).toBeUndefined();
    const before = statements;
    for (let asked = 0; asked < 50; asked += 1) await other.modelTable.find(callerOf(), "llama");
    expect(statements).toBe(before);

    const change = once(heard, "change");
    await connect({ name: "server", kind: "openai-compatible", base_url: "https://server.example.com" });
    await change;
    const second = once(heard, "change");
    await post("models", {
      connection_id: (await database.row(idRow, "select id from provider_connections"))?.id,
      model: "llama",
    });
    await second;
    expect(await other.modelTable.find(callerOf(), "llama")).toBeDefined();
    await other.stop?.();
    await otherDatabase.close();
  });
});
