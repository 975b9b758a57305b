import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import { type RunJob, runFolderPaths, runFolderSchemaVersion } from "@llm-tuner/contract/run-folder.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { noBounds } from "@llm-tuner/gateway/ports.ts";
import { modelIdOfJob } from "../models/model-name.ts";
import { type ModelsModule, createModelsModule } from "../models/models.module.ts";
import { createFinishedJobs, insertCompletedJob, insertUser } from "../models/testing/jobs.ts";
import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { silentLog } from "../platform/log/log.ts";
import { createTrainerLauncher, type Trainer } from "../platform/processes/trainer.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { type TestDatabase, createTestDatabase } from "../platform/testing/test-database.ts";
import { systemClock } from "../platform/time/clock.ts";
import { type EndpointsModule, createEndpointsModule } from "./endpoints.module.ts";
import { testConfig } from "./testing/scripted-trainer.ts";

const trainerPath = fileURLToPath(new URL("../../../trainer", import.meta.url));
const starter = { name: "starter", source: { kind: "folder" as const, path: join(trainerPath, "starter/model") } };
const owner = "user_ab12aaaaaaaaaaaa";
const caller = {
  accountId: owner,
  keyId: null,
  scopes: new Set<string>(),
  tier: "standard",
  bounds: noBounds,
  headers: {},
};
const never = new AbortController().signal;

let testDatabase: TestDatabase;
let dataDir: string;
let trainer: Trainer;
let models: ModelsModule;
let endpoints: EndpointsModule;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await insertUser(testDatabase.database, owner);
  dataDir = await mkdtemp(join(tmpdir(), "trained-"));
  trainer = createTrainerLauncher({
    pythonPath: join(trainerPath, ".venv/bin/python"),
    trainerPath,
    environment: {},
    log: silentLog,
  });
  const { audit } = createAuditFixture(testDatabase.database);
  const common = { database: testDatabase.database, audit, dataDir, clock: systemClock, log: silentLog };
  models = createModelsModule({
    ...common,
    queue: { send: async () => undefined },
    training: createFinishedJobs(testDatabase.database),
    deployments: { deploymentsOf: (ids) => endpoints.deploymentsOf(ids), takeDown: (id) => endpoints.takeDown(id) },
  });
  endpoints = createEndpointsModule({
    ...common,
    models,
    baseModels: { find: (name) => (name === starter.name ? starter : undefined), list: () => [starter] },
    trainer,
    askGateway: () => Promise.reject(new Error("nobody is asked here")),
    config: testConfig({ servingThreads: 1 }),
  });
});

afterAll(async () => {
  await endpoints.stop?.();
  await testDatabase.drop();
  await rm(dataDir, { recursive: true });
});

const hyperparameters = (method: Hyperparameters["method"]): Hyperparameters => ({
  learning_rate: 0.002,
  batch_size: 4,
  epochs: 2,
  optimizer: "adamw",
  weight_decay: 0,
  max_sequence_length: 128,
  method,
  lora_rank: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  warmup_ratio: 0,
  scheduler: "constant",
  gradient_clip: 1,
  seed: 1,
});

const examples = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `When does shop ${from + index} open?` },
        { role: "assistant", content: `Shop ${from + index} opens at ${8 + ((from + index) % 3)}.` },
      ],
    }),
  ).join("\n");

const runJob = (jobName: string, method: Hyperparameters["method"]): RunJob => ({
  schema_version: runFolderSchemaVersion,
  job_name: jobName,
  task: "train",
  base_model: starter,
  hyperparameters: hyperparameters(method),
  evaluations: 0,
  checkpoint_every_seconds: 600,
  checkpoints_kept: 1,
  golden_prompts: 4,
  device: "cpu",
  threads: 1,
});

/** Tunes with the real trainer and registers what it leaves. */
const tune = async (method: Hyperparameters["method"]): Promise<string> => {
  const jobName = `llm-tune-ab12-starter-${method}-20261121-100000-local`;
  const folder = join(dataDir, "runs", jobName);
  await mkdir(join(folder, "data"), { recursive: true });
  await writeFile(join(folder, runFolderPaths.job), JSON.stringify(runJob(jobName, method)));
  await writeFile(join(folder, runFolderPaths.train), examples(0, 8));
  await writeFile(join(folder, runFolderPaths.heldOut), examples(100, 4));
  const exit = await trainer.run(folder, { signal: never });
  expect(exit.exitCode, await readFile(join(folder, runFolderPaths.log), "utf8")).toBe(0);
  await insertCompletedJob(testDatabase.database, { jobName, userId: owner, suffix: method });
  await models.workers[0]?.handle({ job_name: jobName }, never);
  return modelIdOfJob(jobName);
};

const Answer = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });

const answerOf = async (model: string): Promise<string> => {
  const plan = await endpoints.modelTable.find(caller, model);
  const lease = await plan?.steps[0]?.[0]?.route.acquire(never);
  const response = await fetch(new URL("/v1/chat/completions", lease?.origin), {
    method: "POST",
    headers: { ...lease?.headers, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "When does shop 7 open?" }], temperature: 0 }),
  });
  lease?.release();
  const body = await response.text();
  expect(response.status, body).toBe(200);
  return Answer.parse(JSON.parse(body)).choices[0].message.content;
};

const deploy = async (modelId: string): Promise<number> => {
  const authenticator = authenticatorOf({ owner: testCaller({ userId: owner }) });
  const app = await createTestApp({ modules: [endpoints], authenticator });
  const headers = { authorization: "Bearer owner" };
  const { statusCode } = await app.inject({
    method: "POST",
    url: `/api/models/${modelId}/deploy`,
    headers,
    payload: {},
  });
  await app.close();
  return statusCode;
};

describe("what the trainer leaves", () => {
  it.each(["full", "lora"] as const)("is served token for token as it was in training: %s", async (method) => {
    const id = await tune(method);
    expect(await deploy(id)).toBe(201);
    const model = await models.find(id);
    expect(model?.parity).toMatchObject({ verdict: "passed", prompts: 4, mismatches: 0, message: null });
    expect(await answerOf(model?.name ?? "")).not.toBe("");
  });
});
