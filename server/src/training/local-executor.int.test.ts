import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { defaultSettings } from "../platform/testing/default-settings.ts";
import type { Run } from "./executor.ts";
import { executorSuite } from "./executor.suite.ts";
import { createLocalExecutor } from "./local-executor.ts";
import { exampleHyperparameters } from "./testing/example-job.ts";
import { createScriptedTrainer, scriptedBaseModels, writeExampleData, writeScript } from "./testing/supervision.ts";
import { trainingSettings } from "./training.config.ts";

let dataDir: string;
let number = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "local-executor-"));
});
afterAll(() => rm(dataDir, { recursive: true }));

const createExecutor = (writeRunData = writeExampleData) =>
  createLocalExecutor({
    trainer: createScriptedTrainer(),
    writeRunData,
    runsFolder: join(dataDir, "runs"),
    config: { ...defaultSettings(trainingSettings), devices: ["cpu", "cuda"], threads: 3 },
    log: silentLog,
  });

const newRun = async (script = {}): Promise<Run> => {
  const name = `model-${(number += 1)}`;
  await writeScript(dataDir, name, script);
  const { source } = scriptedBaseModels(dataDir).demand(name);
  return {
    jobName: `llm-tune-test-${number}-local`,
    datasetId: "ds_abcdef0123456789",
    baseModel: { name, source },
    hyperparameters: exampleHyperparameters,
    slot: 0,
  };
};

executorSuite("on this machine", async () => ({ executor: createExecutor(), newRun }));

describe("the preparation of a run folder", () => {
  const runs = () => readdir(join(dataDir, "runs"));
  const jobOf = async ({ jobName }: Run) =>
    JSON.parse(await readFile(join(dataDir, "runs", jobName, "job.json"), "utf8"));

  it("writes the job, its data and nothing else", async () => {
    const run = await newRun();
    await createExecutor().prepare(run);
    expect((await readdir(join(dataDir, "runs", run.jobName))).toSorted()).toEqual(["data", "job.json"]);
    expect(await jobOf(run)).toMatchObject({
      job_name: run.jobName,
      task: "train",
      base_model: run.baseModel,
      hyperparameters: exampleHyperparameters,
      device: "cpu",
      threads: 3,
    });
  });

  it("leaves nothing when the data cannot be written", async () => {
    const run = await newRun();
    const failing = createExecutor(async (_, folder) => {
      await writeFile(join(folder, "half"), "");
      throw new Error("no more");
    });
    await expect(failing.prepare(run)).rejects.toThrow("no more");
    expect((await runs()).filter((name) => name.includes(run.jobName))).toEqual([]);
  });

  it("clears away what a killed server had half prepared", async () => {
    const run = await newRun();
    const left = join(dataDir, "runs", `.preparing-${run.jobName}-4000000`);
    await mkdir(left, { recursive: true });
    await writeFile(join(left, "half"), "");
    await createExecutor().prepare(run);
    expect((await runs()).filter((name) => name.includes(run.jobName))).toEqual([run.jobName]);
  });

  it("keeps the work of earlier attempts and writes the job for the device of this one", async () => {
    const run = await newRun();
    await createExecutor().prepare(run);
    const checkpoint = join(dataDir, "runs", run.jobName, "checkpoints/step-5");
    await mkdir(checkpoint, { recursive: true });
    const refusing = createExecutor(() => Promise.reject(new Error("the data is there already")));
    await refusing.prepare({ ...run, slot: 1 });
    expect(await jobOf(run)).toMatchObject({ device: "cuda" });
    expect(await readdir(join(checkpoint, ".."))).toEqual(["step-5"]);
  });
});
