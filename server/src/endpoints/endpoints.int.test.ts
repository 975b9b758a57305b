import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Deployment } from "@llm-tuner/contract/models.ts";
import { createGateway, type Gateway } from "@llm-tuner/gateway/gateway.ts";
import { invalidApiKey } from "@llm-tuner/gateway/errors.ts";
import { type GatewayCaller, noBounds, type SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { modelIdOfJob } from "../models/model-name.ts";
import { type ModelsModule, createModelsModule } from "../models/models.module.ts";
import { createFinishedJobs, insertCompletedJob, insertUser } from "../models/testing/jobs.ts";
import { writeCompletedRun } from "../models/testing/run-folder.ts";
import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { newId } from "../platform/ids.ts";
import { silentLog } from "../platform/log/log.ts";
import { identityOf } from "../platform/processes/process-identity.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { type TestDatabase, createTestDatabase } from "../platform/testing/test-database.ts";
import { type EndpointsModule, createEndpointsModule } from "./endpoints.module.ts";
import type { ServableBaseModel } from "./ports.ts";
import { type ScriptedTrainer, createScriptedTrainer, testConfig } from "./testing/scripted-trainer.ts";
import { until } from "../platform/testing/until.ts";

const owner = "user_ab12aaaaaaaaaaaa";
const stranger = "user_cd34bbbbbbbbbbbb";
const callers = { owner: testCaller({ userId: owner }), stranger: testCaller({ userId: stranger }) };
const never = new AbortController().signal;

let testDatabase: TestDatabase;
let scripted: ScriptedTrainer;
let starter: ServableBaseModel;
let hubModel: ServableBaseModel;
let models: ModelsModule;
let endpoints: EndpointsModule;
let gateway: Gateway;
let app: FastifyInstance;
let settled: SettlementRequest[];
let jobs = 0;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  for (const userId of [owner, stranger]) await insertUser(testDatabase.database, userId);
});

afterAll(() => testDatabase.drop());

/** Models, endpoints and a gateway, bound to each other as `main` does it. */
beforeEach(async () => {
  const { database } = testDatabase;
  await database.execute("delete from models");
  scripted = await createScriptedTrainer();
  starter = await scripted.baseModel("starter");
  hubModel = { name: "gpt2", source: { kind: "hub", repository: "openai-community/gpt2", revision: "main" } };
  const clock = createMovableClock();
  const { audit } = createAuditFixture(database);
  const common = { database, audit, dataDir: scripted.dataDir, clock, log: silentLog };
  models = createModelsModule({
    ...common,
    queue: { send: async () => undefined },
    training: createFinishedJobs(database),
    deployments: {
      deploymentsOf: (ids) => endpoints.deploymentsOf(ids),
      takeDown: (id) => endpoints.takeDown(id),
    },
  });
  const baseModels = [starter, hubModel];
  endpoints = createEndpointsModule({
    ...common,
    models,
    baseModels: { find: (name) => baseModels.find((model) => model.name === name), list: () => baseModels },
    trainer: scripted.trainer,
    askGateway: (caller, body, signal) => gateway.chat(caller, body, signal),
    config: testConfig({ servingWaitSeconds: 0 }),
  });
  settled = [];
  gateway = createGateway({
    admission: {
      authenticate: async () => {
        throw invalidApiKey();
      },
    },
    models: endpoints.modelTable,
    meter: {
      reserve: async () => ({}),
      settle: async (request) => {
        settled.push(request);
        return { costNanoUsd: request.usage.counts.outputText * 10 };
      },
    },
    clock,
    newRequestId: () => newId("request"),
    log: silentLog,
  });
  app = await createTestApp({ modules: [models, endpoints], authenticator: authenticatorOf(callers) });
});

afterEach(async () => {
  await app.close();
  await gateway.close();
  await endpoints.stop?.();
  await scripted.remove();
});

const ask = (method: "GET" | "POST" | "DELETE", url: string, body?: object, token = "owner") =>
  app.inject({ method, url, headers: { authorization: `Bearer ${token}` }, ...(body && { payload: body }) });

/** A model of the owner as the end of a tuning leaves it: registered, its parity check still to come. */
const tune = async ({ baseModel = starter, parity }: Partial<Parameters<typeof writeCompletedRun>[0]> = {}) => {
  jobs += 1;
  const jobName = `llm-tune-ab12-starter-20261121-${String(jobs).padStart(6, "0")}-local`;
  await insertCompletedJob(testDatabase.database, { jobName, userId: owner, suffix: null, baseModel: baseModel.name });
  await writeCompletedRun({ dataDir: scripted.dataDir, jobName, baseModel, ...(parity !== undefined && { parity }) });
  await models.workers[0]?.handle({ job_name: jobName }, never);
  const model = await models.find(modelIdOfJob(jobName));
  if (model === undefined) throw new Error("the job made a model");
  return model;
};

const checkParity = (modelId: string): Promise<void> | undefined =>
  endpoints.workers[0]?.handle({ model_id: modelId }, never);

const parityOf = async (modelId: string) => (await models.find(modelId))?.parity;

const tamper = async (modelId: string, change: (text: string) => string): Promise<void> => {
  const path = join(models.artefactFolder(modelId), "parity.json");
  await writeFile(path, change(await readFile(path, "utf8")));
};

const gatewayCaller = (userId: string): GatewayCaller => ({
  accountId: userId,
  keyId: null,
  scopes: new Set(),
  tier: "standard",
  bounds: noBounds,
  headers: {},
});

const chat = (userId: string, model: string, content = "hello") =>
  gateway.chat(gatewayCaller(userId), { model, messages: [{ role: "user", content }] });

const offeredTo = async (userId: string): Promise<string[]> =>
  (await endpoints.modelTable.list(gatewayCaller(userId))).map(({ id }) => id);

describe("the parity check", () => {
  it("passes when the served tokens are the trainer's", async () => {
    const { id } = await tune();
    await checkParity(id);
    expect(await parityOf(id)).toMatchObject({ verdict: "passed", prompts: 2, mismatches: 0, message: null });
  });

  it.each([
    ["an answer", (text: string) => text.replace('"output_token_ids":[63', '"output_token_ids":[64')],
    ["the tokens of a prompt", (text: string) => text.replace('"prompt_token_ids":[79', '"prompt_token_ids":[1,79')],
    ["the length of an answer", (text: string) => text.replace('"output_token_ids":[63,', '"output_token_ids":[')],
  ])("fails when %s differs in one golden prompt", async (_what, change) => {
    const { id } = await tune();
    await tamper(id, change);
    await checkParity(id);
    expect(await parityOf(id)).toMatchObject({ verdict: "failed", prompts: 2, mismatches: 1 });
  });

  it("says why it could not run, and passes at a later try", async () => {
    await scripted.rewrite(starter, { failure: "weights are missing" });
    const { id } = await tune();
    await expect(checkParity(id)).rejects.toMatchObject({ code: "parity_unchecked" });
    expect(await parityOf(id)).toMatchObject({
      verdict: "error",
      message: expect.stringContaining("weights are missing"),
    });
    await scripted.rewrite(starter, {});
    await checkParity(id);
    expect(await parityOf(id)).toMatchObject({ verdict: "passed", message: null });
  });

  it("has no verdict without golden prompts, and does not try again", async () => {
    const { id } = await tune({ parity: null });
    await checkParity(id);
    expect(await parityOf(id)).toMatchObject({ verdict: "error", prompts: 0 });
  });

  it("is over when the model has been deleted", async () => {
    const { id } = await tune();
    await ask("DELETE", `/api/models/${id}`);
    await checkParity(id);
    expect(await scripted.starts(starter)).toEqual([]);
  });

  it("leaves no verdict when the server stops in the middle", async () => {
    await scripted.rewrite(starter, { neverReady: true });
    const { id } = await tune();
    const check = checkParity(id)?.catch((error: unknown) => error);
    await until(async () => (await scripted.starts(starter)).length === 1);
    await endpoints.stop?.();
    expect(await check).toBeInstanceOf(Error);
    expect(await parityOf(id)).toMatchObject({ verdict: "pending" });
  });
});

describe("deploying", () => {
  it("checks parity first when that has not been done, and can be repeated", async () => {
    const { id, name } = await tune();
    const first = await ask("POST", `/api/models/${id}/deploy`, {});
    expect(first.statusCode).toBe(201);
    expect(await parityOf(id)).toMatchObject({ verdict: "passed" });
    expect(Deployment.parse(first.json())).toMatchObject({
      model_id: id,
      target: "local",
      status: "running",
      idle_timeout_minutes: 15,
      error: null,
    });

    const second = await ask("POST", `/api/models/${id}/deploy`, { idle_timeout_minutes: 5 });
    expect(second.json()).toMatchObject({ id: first.json().id, idle_timeout_minutes: 5 });
    expect((await ask("GET", `/api/models/${id}`)).json().deployment).toEqual(second.json());
    expect((await chat(owner, name)).status).toBe(200);
  });

  it("is refused for a model that answers otherwise than it did in training", async () => {
    const { id, name } = await tune();
    await tamper(id, (text) => text.replace('"output_token_ids":[63', '"output_token_ids":[64'));
    const answer = await ask("POST", `/api/models/${id}/deploy`, {});
    expect([answer.statusCode, answer.json().error.code]).toEqual([409, "parity_failed"]);
    expect((await ask("GET", `/api/models/${id}/deploy`)).statusCode).toBe(404);
    expect(await offeredTo(owner)).not.toContain(name);
  });

  it("is refused with the reason when the check cannot run", async () => {
    await scripted.rewrite(starter, { failure: "weights are missing" });
    const { id } = await tune();
    const answer = await ask("POST", `/api/models/${id}/deploy`, {});
    expect([answer.statusCode, answer.json().error.code]).toEqual([409, "parity_unchecked"]);
    expect(answer.json().error.message).toContain("weights are missing");
  });

  it("shows one whose process cannot be started as failed, with the reason", async () => {
    const { id, name } = await tune();
    await ask("POST", `/api/models/${id}/deploy`, {});
    const [pid = 0] = await scripted.starts(starter);
    process.kill(pid, "SIGKILL");
    await until(() => identityOf(pid) === undefined);
    await scripted.rewrite(starter, { failure: "out of memory" });
    expect(await chat(owner, name)).toMatchObject({
      status: 503,
      body: { error: { code: "model_unavailable", message: expect.stringContaining("out of memory") } },
    });
    expect((await ask("GET", `/api/models/${id}/deploy`)).json()).toMatchObject({
      status: "failed",
      error: expect.stringContaining("out of memory"),
    });
  });
});

describe("the gateway", () => {
  it("answers for a deployed model, and no longer when it has been taken down", async () => {
    const { id, name } = await tune();
    expect((await chat(owner, name)).status).toBe(404);
    await ask("POST", `/api/models/${id}/deploy`, {});
    expect(await chat(owner, name)).toMatchObject({
      status: 200,
      body: { model: name, choices: [{ message: { content: "olleh" } }] },
      costNanoUsd: 50,
    });
    expect(settled.at(-1)).toMatchObject({
      provider: "tuned",
      priceModel: "starter",
      usage: { counts: { outputText: 5 } },
    });

    const [pid = 0] = await scripted.starts(starter);
    expect((await ask("DELETE", `/api/models/${id}/deploy`)).statusCode).toBe(204);
    expect((await ask("DELETE", `/api/models/${id}/deploy`)).statusCode).toBe(204);
    expect(identityOf(pid)).toBeUndefined();
    expect((await chat(owner, name)).status).toBe(404);
  });

  it("offers a tuned model to its owner, and base models on this machine to everybody", async () => {
    const older = await tune();
    const newer = await tune();
    for (const { id } of [older, newer]) await ask("POST", `/api/models/${id}/deploy`, {});
    expect(new Set(await offeredTo(owner))).toEqual(new Set([newer.name, older.name, "starter"]));
    expect(await offeredTo(stranger)).toEqual(["starter"]);
    expect((await chat(stranger, newer.name)).status).toBe(404);
    expect(await chat(stranger, "starter")).toMatchObject({ status: 200, body: { model: "starter" } });
    expect((await chat(owner, "gpt2")).status).toBe(404);
  });

  it("offers a base model of the hub only to who has tuned it", async () => {
    const findFor = async (userId: string) =>
      (await endpoints.modelTable.find(gatewayCaller(userId), hubModel.name))?.steps[0]?.[0]?.route;
    expect(await findFor(owner)).toBeUndefined();
    await tune({ baseModel: hubModel });
    expect(await findFor(owner)).toMatchObject({ upstreamModel: "gpt2", priceModel: "gpt2" });
    expect(await findFor(stranger)).toBeUndefined();
  });

  it("is told when to come back while all places in memory are in use", async () => {
    const busy = await Promise.all(
      ["a", "b", "c"].map(async (name) => {
        const target = await scripted.baseModel(name);
        const { id } = await tune({ baseModel: target });
        await ask("POST", `/api/models/${id}/deploy`, {});
        const model = await models.find(id);
        const plan = await endpoints.modelTable.find(gatewayCaller(owner), model?.name ?? "");
        return plan?.steps[0]?.[0]?.route.acquire(never);
      }),
    );
    expect(busy).toHaveLength(3);
    expect(await chat(owner, "starter")).toMatchObject({
      status: 503,
      body: { error: { code: "model_unavailable", message: "All 3 models that fit in memory at once are in use." } },
    });
  });
});

describe("trying out", () => {
  it("asks a model that is not deployed and its base model, metered, for the owner alone", async () => {
    const { id, name } = await tune();
    const answer = await ask("POST", `/api/models/${id}/test`, { prompt: "abc", compare_with_base: true });
    expect(answer.statusCode).toBe(200);
    const shown = {
      content: "cba",
      finish_reason: "stop",
      prompt_tokens: 3,
      completion_tokens: 3,
      latency_ms: expect.any(Number),
      cost_nano_usd: 30,
    };
    expect(answer.json()).toEqual({ tuned: { model: name, ...shown }, base: { model: "starter", ...shown } });
    expect(settled.map(({ model, caller }) => [model, caller.accountId])).toEqual([
      [name, owner],
      ["starter", owner],
    ]);
    // The door was open for that question only.
    expect((await chat(owner, name)).status).toBe(404);
  });

  it("answers without the base model when that was not asked for, within max_tokens", async () => {
    const { id } = await tune();
    const answer = await ask("POST", `/api/models/${id}/test`, { prompt: "abcdef", max_tokens: 2 });
    expect(answer.json()).toMatchObject({ tuned: { content: "fe" }, base: null });
  });

  it("passes on why the model could not answer", async () => {
    await scripted.rewrite(starter, { failure: "weights are missing" });
    const { id } = await tune();
    const answer = await ask("POST", `/api/models/${id}/test`, { prompt: "abc" });
    expect([answer.statusCode, answer.json().error.code]).toEqual([503, "model_unavailable"]);
    expect(settled).toEqual([]);
  });
});

describe("somebody else's model", () => {
  it.each([
    ["POST", "/deploy", {}],
    ["GET", "/deploy", undefined],
    ["DELETE", "/deploy", undefined],
    ["POST", "/test", { prompt: "abc" }],
  ] as const)("does not exist for %s %s", async (method, path, body) => {
    const { id } = await tune();
    await ask("POST", `/api/models/${id}/deploy`, {});
    const answer = await ask(method, `/api/models/${id}${path}`, body, "stranger");
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, "model_not_found"]);
    expect((await ask("GET", `/api/models/${id}/deploy`)).statusCode).toBe(200);
  });
});

describe("deleting a deployed model", () => {
  it("ends its process and leaves nothing of it", async () => {
    const { id } = await tune();
    await ask("POST", `/api/models/${id}/deploy`, {});
    const [pid = 0] = await scripted.starts(starter);
    expect((await ask("DELETE", `/api/models/${id}`)).statusCode).toBe(204);
    expect(identityOf(pid)).toBeUndefined();
    expect(await scripted.servingFolders()).toEqual([]);
    expect((await ask("GET", `/api/models/${id}/deploy`)).statusCode).toBe(404);
  });
});
