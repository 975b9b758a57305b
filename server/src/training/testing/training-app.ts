import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { silentLog } from "../../platform/log/log.ts";
import { startPgBossQueue } from "../../platform/queue/pg-boss-queue.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { systemClock } from "../../platform/time/clock.ts";
import { trainingSettings, type TrainingConfig } from "../training.config.ts";
import { createTrainingModule } from "../training.module.ts";
import { addUser, endTrainers } from "./job-watching.ts";
import { createKnownData } from "./known-data.ts";
import { createScriptedTrainer, scriptedBaseModels } from "./supervision.ts";

/** The domain behind real HTTP, with two people in it; nobody looks after the jobs until `module.start`. */
export async function createTrainingApp(config: Partial<TrainingConfig> = {}) {
  const { database, url, drop } = await createTestDatabase();
  const queue = await startPgBossQueue({ url, log: silentLog });
  const dataDir = await mkdtemp(join(tmpdir(), "training-app-"));
  const known = createKnownData();
  const scripted = scriptedBaseModels(dataDir);
  const module = createTrainingModule({
    database,
    queue,
    files: known.files,
    datasets: known.datasets,
    baseModels: { find: (name) => (name === "unknown" ? undefined : scripted.find(name)) },
    trainer: createScriptedTrainer(),
    dataDir,
    clock: systemClock,
    log: silentLog,
    config: { ...configOf(trainingSettings), restartSeconds: 0.01, ...config },
  });
  const ada = await addUser(database);
  const bob = await addUser(database);
  const callers = { ada: testCaller({ userId: ada }), bob: testCaller({ userId: bob }) };
  const app: FastifyInstance = await createTestApp({ modules: [module], authenticator: authenticatorOf(callers) });

  const call = async (
    method: "GET" | "POST",
    path: string,
    options: { as?: string; body?: object; headers?: object } = {},
  ) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${options.as ?? "ada"}`, ...options.headers },
      ...(options.body ? { payload: options.body } : {}),
    });
    return { status: response.statusCode, headers: response.headers, text: response.body, body: parsed(response.body) };
  };

  return {
    database,
    dataDir,
    module,
    app,
    call,
    ada,
    bob,
    addFile: known.addFile,
    datasetIds: known.datasetIds,
    async close() {
      await module.stop?.();
      await endTrainers(database);
      await app.close();
      await queue.stop();
      await drop();
      await rm(dataDir, { recursive: true });
    },
  };
}

const parsed = (text: string) => {
  try {
    return JSON.parse(text);
  } catch {
    // A stream of events is no JSON; the test reads its text.
    return undefined;
  }
};
