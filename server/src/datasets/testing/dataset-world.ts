import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeEach } from "vitest";
import { z } from "zod";
import { baseModelsSettings } from "../../base-models/base-models.config.ts";
import { createBaseModelsModule } from "../../base-models/base-models.module.ts";
import { filesSettings } from "../../files/files.config.ts";
import { createFilesModule } from "../../files/files.module.ts";
import { createAuditFixture } from "../../accounts/testing/audit-fixture.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createFileObjectStore } from "../../platform/object-store/file-object-store.ts";
import { createTrainerLauncher } from "../../platform/processes/trainer.ts";
import { startPgBossQueue, type PgBossQueue } from "../../platform/queue/pg-boss-queue.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import type { TokenCounter } from "../count-tokens.ts";
import { datasetsSettings } from "../datasets.config.ts";
import { createDatasetsModule, createFileInspector, type DatasetsModule } from "../datasets.module.ts";
import { createScriptedTrainer } from "./scripted-trainer.ts";

export const users = { ann: "user_annannannannannannann", bob: "user_bobbobbobbobbobbobbob" };
const authenticator = authenticatorOf({
  ann: testCaller({ userId: users.ann }),
  bob: testCaller({ userId: users.bob }),
});
const trainerPath = resolve(import.meta.dirname, "../../../../trainer");

export const realTrainer = createTrainerLauncher({
  pythonPath: join(trainerPath, ".venv/bin/python"),
  trainerPath,
  environment: process.env,
  log: silentLog,
});

const counts =
  '{"examples":9,"tokens":90,"supervised_tokens":45,"truncated_examples":0,"longest_example_tokens":10,"histogram":[]}';
/** What every event begins with. */
export const eventStamp = '"seq":1,"time":"2026-11-21T10:00:00Z","attempt":1';
const tokenized = `{${eventStamp},"type":"tokenized","context_window":1024,"max_sequence_length":512,"train":${counts},"held_out":${counts}}`;
/** Says what the trainer says when it has counted, for tests of what stands around the counting. */
export const quickScript = `echo '${tokenized}' > "$4/events.jsonl"`;

/** A table of questions and answers, all different. */
export const sumsTable = (rows: number): string =>
  `question,answer\n${Array.from({ length: rows }, (_, index) => `What is ${index} and ${index}?,${2 * index}`).join("\n")}\n`;

interface Answer {
  status: number;
  body: unknown;
}

export interface DatasetPlatform {
  datasets: DatasetsModule;
  queue: PgBossQueue;
  ask(method: "GET" | "POST" | "DELETE", path: string, body?: object, token?: string): Promise<Answer>;
}

export interface PlatformOptions {
  trainer?: TokenCounter;
  /** Whether jobs are worked on; true unless given. */
  workers?: boolean;
  config?: Partial<Parameters<typeof createDatasetsModule>[0]["config"]>;
}

/** Database, files and data folder of one test file; the data sets are gone before each of its tests. */
export async function createDatasetWorld() {
  const dataDir = await mkdtemp(join(tmpdir(), "datasets-"));
  const test = await createTestDatabase();
  const clock = createMovableClock();
  const { audit } = createAuditFixture(test.database);
  const common = { database: test.database, audit, clock, log: silentLog };
  const files = createFilesModule({
    ...common,
    objectStore: createFileObjectStore({ root: join(dataDir, "objects") }),
    inspect: createFileInspector(),
    config: configOf(filesSettings),
  });
  const filesApp = await createTestApp({ modules: [files], authenticator });
  for (const id of Object.values(users)) {
    await test.database.execute(
      "insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())",
      [id, `${id.toLowerCase()}@example.org`],
    );
  }
  const stops: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    await test.database.execute("delete from datasets");
    await rm(join(dataDir, "datasets"), { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
  afterAll(async () => {
    await filesApp.close();
    await test.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  return {
    dataDir,
    clock,
    files,
    database: test.database,
    scripted: (script: string) => createScriptedTrainer(dataDir, script),

    /** Data sets as a server process has them. */
    async start({ trainer, workers = true, config = {} }: PlatformOptions = {}): Promise<DatasetPlatform> {
      const queue = await startPgBossQueue({ url: test.url, log: silentLog, monitorSeconds: 1 });
      const datasets = createDatasetsModule({
        ...common,
        queue,
        files,
        dataDir,
        baseModels: createBaseModelsModule({ log: silentLog, config: configOf(baseModelsSettings) }),
        trainer: trainer ?? (await createScriptedTrainer(dataDir, quickScript)),
        config: configOf(datasetsSettings, config),
      });
      const app = await createTestApp({ modules: [datasets], authenticator });
      if (workers) await queue.work(datasets.workers);
      stops.push(async () => {
        await app.close();
        await queue.stopWorking(1000);
        await queue.stop();
        await datasets.stop?.();
        await test.database.execute("delete from pgboss.job");
      });
      return {
        datasets,
        queue,
        async ask(method, url, body, token = "ann") {
          const headers = { authorization: `Bearer ${token}` };
          const response = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
          return { status: response.statusCode, body: response.body === "" ? undefined : response.json() };
        },
      };
    },

    /** Uploads a file as ann and returns its id. */
    async upload(name: string, content: string): Promise<string> {
      const form = new FormData();
      form.append("files", new Blob([content]), name);
      const request = new Request("http://localhost", { method: "POST", body: form });
      const response = await filesApp.inject({
        method: "POST",
        url: "/api/upload",
        headers: { authorization: "Bearer ann", "content-type": request.headers.get("content-type") ?? "" },
        payload: Buffer.from(await request.arrayBuffer()),
      });
      const Uploaded = z.object({ files: z.array(z.object({ file_id: z.string() })) });
      return Uploaded.parse(response.json()).files[0]?.file_id ?? "";
    },

    foldersLeft: (): Promise<string[]> => readdir(join(dataDir, "datasets")).catch(() => []),

    async statuses(): Promise<string[]> {
      const rows = await test.database.rows(z.object({ status: z.string() }), "select status from datasets");
      return rows.map(({ status }) => status);
    },
  };
}
