import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { createDatasetsModule, createFileInspector } from "../../datasets/datasets.module.ts";
import { datasetsSettings } from "../../datasets/datasets.config.ts";
import { filesSettings } from "../../files/files.config.ts";
import { createFilesModule } from "../../files/files.module.ts";
import { createAuditFixture } from "../../accounts/testing/audit-fixture.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createFileObjectStore } from "../../platform/object-store/file-object-store.ts";
import { startPgBossQueue } from "../../platform/queue/pg-boss-queue.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { systemClock } from "../../platform/time/clock.ts";
import { trainingSettings, type TrainingConfig } from "../training.config.ts";
import { createTrainingModule } from "../training.module.ts";
import { addUser, endTrainers } from "./job-watching.ts";
import { createScriptedTrainer, scriptedBaseModels } from "./supervision.ts";

interface CallOptions {
  as?: string;
  body?: object;
  headers?: Record<string, string>;
}

const goodRows = Array.from({ length: 40 }, (_, row) => `What is ${row} plus ${row}?,${2 * row}\n`).join("");

/** A table that can be trained on; `name` keeps two of them apart. */
export const goodTable = (name: string): string => `question,answer\n${goodRows}What is ${name}?,A table.\n`;

/**
 * Files, data sets and training behind real HTTP, with two people, on the stand-in of the trainer. Nobody looks after the
 * jobs until `module.start`.
 */
export async function createTrainingApp({
  config,
  datasetWaitSeconds = 20,
}: {
  config?: Partial<TrainingConfig>;
  datasetWaitSeconds?: number;
} = {}) {
  const { database, url, drop } = await createTestDatabase();
  const queue = await startPgBossQueue({ url, log: silentLog });
  const dataDir = await mkdtemp(join(tmpdir(), "training-app-"));
  const { audit } = createAuditFixture(database);
  const common = { database, queue, audit, dataDir, clock: systemClock, log: silentLog };
  const baseModels = scriptedBaseModels(dataDir);
  const trainer = createScriptedTrainer();
  const files = createFilesModule({
    ...common,
    objectStore: createFileObjectStore({ root: join(dataDir, "objects") }),
    inspect: createFileInspector(),
    config: configOf(filesSettings),
  });
  const datasets = createDatasetsModule({
    ...common,
    files,
    baseModels,
    trainer,
    config: configOf(datasetsSettings, { waitSeconds: datasetWaitSeconds }),
  });
  const module = createTrainingModule({
    ...common,
    files,
    datasets,
    baseModels,
    trainer,
    config: configOf(trainingSettings, { restartSeconds: 0.01, ...config }),
  });
  const people = { ada: await addUser(database), bob: await addUser(database) };
  const app = await createTestApp({
    modules: [files, datasets, module],
    authenticator: authenticatorOf({
      ada: testCaller({ userId: people.ada }),
      bob: testCaller({ userId: people.bob }),
    }),
  });
  await queue.work([...datasets.workers, ...module.workers]);

  const call = async (method: "GET" | "POST", path: string, { as = "ada", body, headers }: CallOptions = {}) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${as}`, ...headers },
      ...(body ? { payload: body } : {}),
    });
    const isJson = response.headers["content-type"]?.toString().startsWith("application/json") ?? false;
    return { status: response.statusCode, text: response.body, body: isJson ? response.json() : undefined };
  };

  const upload = async (name: string, content = goodTable(name), as = "ada"): Promise<string> => {
    const form = new FormData();
    form.append("files", new Blob([content]), name);
    const request = new Request("http://localhost", { method: "POST", body: form });
    const response = await app.inject({
      method: "POST",
      url: "/api/upload",
      headers: { authorization: `Bearer ${as}`, "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    const answer = z.object({ files: z.tuple([z.object({ file_id: z.string() })]) }).parse(response.json());
    return answer.files[0].file_id;
  };

  return {
    database,
    dataDir,
    module,
    call,
    people,
    upload,
    async close() {
      await app.close();
      await queue.stopWorking();
      await module.stop?.();
      await datasets.stop?.();
      await endTrainers(database);
      await queue.stop();
      await drop();
      await rm(dataDir, { recursive: true });
    },
  };
}
