import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { Dataset } from "@llm-tuner/contract/datasets.ts";
import { TrainingExample } from "@llm-tuner/contract/run-folder.ts";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { baseModelsSettings } from "../base-models/base-models.config.ts";
import { createBaseModelsModule } from "../base-models/base-models.module.ts";
import { filesSettings } from "../files/files.config.ts";
import { createFilesModule, type FilesModule } from "../files/files.module.ts";
import { silentLog } from "../platform/log/log.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import { createTrainerLauncher } from "../platform/processes/trainer.ts";
import { startPgBossQueue, type PgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { createTestDatabase, type TestDatabase } from "../platform/testing/test-database.ts";
import type { TokenCounter } from "./count-tokens.ts";
import { datasetsSettings } from "./datasets.config.ts";
import { createDatasetsModule, createFileInspector, type DatasetsModule } from "./datasets.module.ts";
import { createScriptedTrainer } from "./testing/scripted-trainer.ts";

const ann = "user_annannannannannannann";
const bob = "user_bobbobbobbobbobbobbob";
const trainerPath = resolve(import.meta.dirname, "../../../trainer");
const clock = createMovableClock();
const authenticator = authenticatorOf({ ann: testCaller({ userId: ann }), bob: testCaller({ userId: bob }) });

let dataDir: string;
let test: TestDatabase;
let files: FilesModule;
let filesApp: FastifyInstance;
const cleanups: (() => Promise<unknown>)[] = [];

const realTrainer = createTrainerLauncher({
  pythonPath: join(trainerPath, ".venv/bin/python"),
  trainerPath,
  environment: process.env,
  log: silentLog,
});

/** Writes one part's counts as the trainer does, for tests of what stands around the counting. */
const counts =
  '{"examples":9,"tokens":90,"supervised_tokens":45,"truncated_examples":0,"longest_example_tokens":10,"histogram":[]}';
const stamp = '"seq":1,"time":"2026-11-21T10:00:00Z","attempt":1';
const tokenized = `{${stamp},"type":"tokenized","context_window":1024,"max_sequence_length":512,"train":${counts},"held_out":${counts}}`;
const quickScript = `echo '${tokenized}' > "$4/events.jsonl"`;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "datasets-"));
  test = await createTestDatabase();
  files = createFilesModule({
    database: test.database,
    objectStore: createFileObjectStore({ root: join(dataDir, "objects") }),
    inspect: createFileInspector(),
    clock,
    log: silentLog,
    config: configOf(filesSettings),
  });
  filesApp = await createTestApp({ modules: [files], authenticator });
  for (const id of [ann, bob]) {
    await test.database.execute(
      "insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())",
      [id, `${id.toLowerCase()}@example.org`],
    );
  }
});

beforeEach(async () => {
  await test.database.execute("delete from datasets");
  await rm(join(dataDir, "datasets"), { recursive: true, force: true });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  await filesApp.close();
  await files.stop?.();
  await test.drop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Platform {
  datasets: DatasetsModule;
  queue: PgBossQueue;
  ask(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: object,
    token?: string,
  ): Promise<{ status: number; body: unknown }>;
}

/** A server process of its own: data sets with a queue, and with workers unless the test starts them. */
async function startPlatform({
  trainer,
  workers = true,
  config = {},
}: {
  trainer: TokenCounter;
  workers?: boolean;
  config?: Partial<Parameters<typeof createDatasetsModule>[0]["config"]>;
}): Promise<Platform> {
  const queue = await startPgBossQueue({ url: test.url, log: silentLog, monitorSeconds: 1 });
  const datasets = createDatasetsModule({
    database: test.database,
    queue,
    files,
    baseModels: createBaseModelsModule({ log: silentLog, config: configOf(baseModelsSettings) }),
    trainer,
    dataDir,
    clock,
    log: silentLog,
    config: configOf(datasetsSettings, config),
  });
  const app = await createTestApp({ modules: [datasets], authenticator });
  if (workers) await queue.work(datasets.workers);
  cleanups.push(async () => {
    await app.close();
    await queue.stopWorking(1000);
    await queue.stop();
    await datasets.stop?.();
    await test.database.execute("delete from pgboss.job");
  });
  return {
    datasets,
    queue,
    async ask(method, path, body, token = "ann") {
      const response = await app.inject({
        method,
        url: path,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { payload: body }),
      });
      return { status: response.statusCode, body: response.body === "" ? undefined : response.json() };
    },
  };
}

const quickPlatform = async (options: Omit<Parameters<typeof startPlatform>[0], "trainer"> = {}): Promise<Platform> =>
  startPlatform({ trainer: await createScriptedTrainer(dataDir, quickScript), ...options });

async function upload(name: string, content: string, token = "ann"): Promise<string> {
  const form = new FormData();
  form.append("files", new Blob([content]), name);
  const request = new Request("http://localhost", { method: "POST", body: form });
  const response = await filesApp.inject({
    method: "POST",
    url: "/api/upload",
    headers: { authorization: `Bearer ${token}`, "content-type": request.headers.get("content-type") ?? "" },
    payload: Buffer.from(await request.arrayBuffer()),
  });
  const [file] = z.object({ files: z.array(z.object({ file_id: z.string() })) }).parse(response.json()).files;
  return file?.file_id ?? "";
}

const table = (rows: number): string =>
  `question,answer\n${Array.from({ length: rows }, (_, index) => `What is ${index} and ${index}?,${2 * index}`).join("\n")}\n`;

const foldersLeft = async (): Promise<string[]> => readdir(join(dataDir, "datasets")).catch(() => []);
const statusOf = async (): Promise<string[]> =>
  (await test.database.rows(z.object({ status: z.string() }), "select status from datasets")).map(
    ({ status }) => status,
  );

describe("a data set", () => {
  it("is converted, split and counted by the base model's own tokenizer", async () => {
    const { ask, datasets } = await startPlatform({ trainer: realTrainer });
    const fileId = await upload("sums.csv", `${table(60)},\n${table(3).split("\n").slice(1).join("\n")}`);
    const { status, body } = await ask("POST", "/api/datasets", { file_ids: [fileId] });
    expect(status).toBe(201);
    const dataset = Dataset.parse(body);
    expect(dataset).toMatchObject({
      name: "sums.csv",
      file_ids: [fileId],
      base_model: "starter",
      status: "ready",
      progress: 1,
      error: null,
    });
    const { report } = dataset;
    expect(report).toMatchObject({
      format: ".csv",
      mapping: { kind: "prompt_completion", prompt_columns: ["question"], completion_column: "answer" },
      automatic_mapping: true,
      rows: 64,
      examples: 60,
      duplicate_rows: 3,
      empty_rows: 1,
      train: { examples: report?.train_examples, truncated_examples: 0 },
      held_out: { examples: report?.held_out_examples },
    });
    expect(report?.train.tokens).toBeGreaterThan(report?.train.supervised_tokens ?? 0);
    expect(report?.train.supervised_tokens).toBeGreaterThan(report?.train_examples ?? 0);
    expect(await foldersLeft()).toEqual([dataset.id]);

    const runFolder = join(dataDir, "runs", "run-1");
    await datasets.writeRunData(dataset.id, runFolder);
    const lines = await Promise.all(
      ["train.jsonl", "held-out.jsonl"].map(async (name) =>
        (await readFile(join(runFolder, "data", name), "utf8")).trim().split("\n"),
      ),
    );
    expect(lines.map(({ length }) => length)).toEqual([report?.train_examples, report?.held_out_examples]);
    for (const line of lines.flat()) expect(TrainingExample.parse(JSON.parse(line))).toHaveProperty("messages");

    const preview = await ask("GET", `/api/datasets/${dataset.id}/preview?limit=2`);
    expect(preview.body).toMatchObject({
      examples: [{ part: "train", prompt: expect.stringMatching(/^What is/), line: expect.any(Number) }, {}],
    });
  });

  it("may be made of chats, texts and several files", async () => {
    const { ask } = await quickPlatform();
    const chat = (n: number) =>
      JSON.stringify({
        messages: [
          { role: "user", content: `${n}?` },
          { role: "assistant", content: `${n}!` },
        ],
      });
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    const chats = await upload("chats.jsonl", numbers.map(chat).join("\n"));
    const texts = await upload("a.txt", numbers.map((n) => `Paragraph ${n}.`).join("\n\n"));
    const moreTexts = await upload("b.txt", numbers.map((n) => `More ${n}.`).join("\n\n"));
    expect(await ask("POST", "/api/datasets", { file_ids: [chats] })).toMatchObject({
      status: 201,
      body: { report: { mapping: { kind: "messages" }, examples: 12 } },
    });
    expect(await ask("POST", "/api/datasets", { file_ids: [texts, moreTexts, texts], name: " Both " })).toMatchObject({
      status: 201,
      body: { name: "Both", file_ids: [texts, moreTexts], report: { mapping: { kind: "text" }, examples: 24 } },
    });
  });

  it("follows the mapping of the request", async () => {
    const { ask } = await quickPlatform();
    const fileId = await upload("t.csv", table(12));
    const mapping = { kind: "prompt_completion", prompt_columns: ["ANSWER"], completion_column: "question" };
    const { body } = await ask("POST", "/api/datasets", { file_ids: [fileId], mapping });
    const dataset = Dataset.parse(body);
    expect(dataset.report).toMatchObject({ automatic_mapping: false, mapping });
    const preview = await ask("GET", `/api/datasets/${dataset.id}/preview`);
    expect(preview.body).toMatchObject({
      examples: expect.arrayContaining([expect.objectContaining({ prompt: expect.stringMatching(/^\d+$/) })]),
    });
  });

  it.each([
    ["too_few_examples", 422, () => ({ name: "one.csv", content: table(1) }), {}],
    ["too_few_examples", 422, () => ({ name: "same.csv", content: `q,a\n${"1,2\n".repeat(50)}` }), {}],
    [
      "missing_column",
      422,
      () => ({ name: "t.csv", content: table(12) }),
      { mapping: { kind: "text", columns: ["price"] } },
    ],
    ["mapping_does_not_fit", 422, () => ({ name: "t.csv", content: table(12) }), { mapping: { kind: "messages" } }],
    ["unknown_base_model", 422, () => ({ name: "t.csv", content: table(12) }), { base_model: "gpt9" }],
    ["invalid_request", 400, () => ({ name: "t.csv", content: table(12) }), { held_out_fraction: 0.9 }],
  ])("is refused with %s (%i), and nothing of it stays", async (code, status, file, request) => {
    const { ask } = await quickPlatform();
    const { name, content } = file();
    const fileId = await upload(name, content);
    const answer = await ask("POST", "/api/datasets", { file_ids: [fileId], ...request });
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(await statusOf()).toEqual([]);
    expect(await foldersLeft()).toEqual([]);
  });

  it("says how few examples there are", async () => {
    const { ask } = await quickPlatform();
    const answer = await ask("POST", "/api/datasets", { file_ids: [await upload("one.csv", table(1))] });
    expect(answer.body).toMatchObject({ error: { message: "The data set has 1 example, must have at least 10." } });
  });

  it("is not made of files of two types, nor of somebody else's file", async () => {
    const { ask } = await quickPlatform();
    const csv = await upload("t.csv", table(12));
    const txt = await upload("t.txt", "a\n\nb");
    expect(await ask("POST", "/api/datasets", { file_ids: [csv, txt] })).toMatchObject({
      status: 422,
      body: { error: { code: "mixed_file_types" } },
    });
    expect(await ask("POST", "/api/datasets", { file_ids: [csv] }, "bob")).toMatchObject({
      status: 404,
      body: { error: { code: "file_not_found" } },
    });
    expect(await statusOf()).toEqual([]);
  });

  it("is limited in number and in size", async () => {
    const { ask } = await quickPlatform({ config: { datasetsPerUser: 1, datasetBytesPerUser: 2000 } });
    const small = await upload("s.csv", table(12));
    const large = await upload("l.csv", table(200));
    expect(await ask("POST", "/api/datasets", { file_ids: [large] })).toMatchObject({ status: 413 });
    expect(await ask("POST", "/api/datasets", { file_ids: [small] })).toMatchObject({ status: 201 });
    expect(await ask("POST", "/api/datasets", { file_ids: [small] })).toMatchObject({
      status: 409,
      body: { error: { code: "too_many_datasets" } },
    });
  });
});

describe("one's data sets", () => {
  it("are listed in pages, and nobody else's", async () => {
    const { ask } = await quickPlatform();
    const fileId = await upload("t.csv", table(12));
    for (const name of ["1", "2", "3"]) {
      clock.advance(1000);
      await ask("POST", "/api/datasets", { file_ids: [fileId], name });
    }
    const first = await ask("GET", "/api/datasets?limit=2");
    expect(first.body).toMatchObject({ datasets: [{ name: "3" }, { name: "2" }], next_cursor: expect.any(String) });
    const page = z.object({ next_cursor: z.string(), datasets: z.array(Dataset) }).parse(first.body);
    expect((await ask("GET", `/api/datasets?limit=2&cursor=${page.next_cursor}`)).body).toMatchObject({
      datasets: [{ name: "1" }],
      next_cursor: null,
    });
    expect((await ask("GET", "/api/datasets", undefined, "bob")).body).toMatchObject({ datasets: [] });
    const id = page.datasets[0]?.id ?? "";
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/preview"],
      ["DELETE", ""],
    ] as const) {
      expect(await ask(method, `/api/datasets/${id}${path}`, undefined, "bob")).toMatchObject({
        status: 404,
        body: { error: { code: "dataset_not_found" } },
      });
    }
  });

  it("outlive their files, and are deleted with their folder", async () => {
    const { ask, datasets } = await quickPlatform();
    const fileId = await upload("t.csv", table(12));
    const { id } = Dataset.parse((await ask("POST", "/api/datasets", { file_ids: [fileId] })).body);
    await test.database.execute("delete from files where id = $1", [fileId]);
    await datasets.writeRunData(id, join(dataDir, "runs", "run-2"));
    expect((await ask("DELETE", `/api/datasets/${id}`)).status).toBe(204);
    expect((await ask("DELETE", `/api/datasets/${id}`)).status).toBe(404);
    expect(await foldersLeft()).toEqual([]);
    await expect(datasets.writeRunData(id, join(dataDir, "runs", "run-3"))).rejects.toMatchObject({
      code: "dataset_not_found",
    });
  });
});

describe("checking in the background", () => {
  it("goes on when the request does not wait for its end", async () => {
    const gate = join(dataDir, "gate");
    const trainer = await createScriptedTrainer(dataDir, `while [ ! -e ${gate} ]; do sleep 0.05; done\n${quickScript}`);
    const { ask, datasets } = await startPlatform({ trainer, config: { waitSeconds: 0.1 } });
    const created = await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] });
    expect(created).toMatchObject({ status: 202, body: { status: "checking", report: null } });
    const { id } = Dataset.parse(created.body);
    await expect(datasets.writeRunData(id, join(dataDir, "runs", "run-4"))).rejects.toMatchObject({
      code: "dataset_not_ready",
    });
    const waiting = datasets.waitUntilChecked(id, 30_000);
    await writeFile(gate, "");
    expect(await waiting).toMatchObject({ status: "ready" });
  });

  it("keeps the failure for whoever asks later", async () => {
    const { ask, datasets, queue } = await quickPlatform({ workers: false, config: { waitSeconds: 0 } });
    const created = await ask("POST", "/api/datasets", { file_ids: [await upload("one.csv", table(1))] });
    expect(created.status).toBe(202);
    const { id } = Dataset.parse(created.body);
    await queue.work(datasets.workers);
    expect(await datasets.waitUntilChecked(id, 30_000)).toMatchObject({
      status: "invalid",
      error: { code: "too_few_examples", message: expect.stringContaining("1 example") },
      report: null,
    });
    expect(await foldersLeft()).toEqual([]);
  });

  it("passes on why the trainer failed", async () => {
    const failed = `{${stamp},"type":"failed","code":"base_model_unavailable","message":"No network.","remedy":"Connect.","log_tail":[]}`;
    const trainer = await createScriptedTrainer(dataDir, `echo '${failed}' > "$4/events.jsonl"; exit 1`);
    const { ask } = await startPlatform({ trainer });
    expect(
      await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))], base_model: "gpt2" }),
    ).toMatchObject({
      status: 422,
      body: { error: { code: "base_model_unavailable", message: "No network.", details: { remedy: "Connect." } } },
    });
  });

  it.each([
    ["dies", "echo gone >&2; kill -9 $$"],
    ["ends without a word", "exit 0"],
    ["leaves half an event", `printf '{"type":"tokeni' > "$4/events.jsonl"; exit 0`],
  ])("says so when the trainer %s", async (_how, script) => {
    const { ask } = await startPlatform({ trainer: await createScriptedTrainer(dataDir, script) });
    expect(await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).toMatchObject({
      status: 500,
      body: { error: { code: "token_count_failed" } },
    });
    expect(await foldersLeft()).toEqual([]);
  });

  it("ends a trainer that takes too long", async () => {
    const trainer = await createScriptedTrainer(dataDir, "exec sleep 600");
    const { ask } = await startPlatform({ trainer, config: { tokenizeTimeoutSeconds: 1 } });
    expect(await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).toMatchObject({
      status: 422,
      body: { error: { code: "token_count_timeout" } },
    });
  });

  it("fails when a file was deleted before it was read", async () => {
    const { ask, datasets, queue } = await quickPlatform({ workers: false, config: { waitSeconds: 0 } });
    const fileId = await upload("t.csv", table(12));
    const { id } = Dataset.parse((await ask("POST", "/api/datasets", { file_ids: [fileId] })).body);
    await test.database.execute("delete from files where id = $1", [fileId]);
    await queue.work(datasets.workers);
    expect(await datasets.waitUntilChecked(id, 30_000)).toMatchObject({
      status: "invalid",
      error: { code: "file_not_found" },
    });
  });

  it("stops when its data set is deleted, and leaves nothing", async () => {
    const trainer = await createScriptedTrainer(dataDir, `touch "$4/../started"; sleep 1; ${quickScript}`);
    const { ask } = await startPlatform({ trainer, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    await vi.waitFor(async () => expect(await foldersLeft()).toContain("started"), 10_000);
    await ask("DELETE", `/api/datasets/${id}`);
    await vi.waitFor(async () => expect(await foldersLeft()).toEqual(["started"]), 10_000);
  });
});

describe("a check that is delivered again", () => {
  const worker = (datasets: DatasetsModule) =>
    datasets.workers[0]?.handle ?? (() => Promise.reject(new Error("no worker")));

  it("does nothing when the data set is checked already", async () => {
    const { ask, datasets } = await quickPlatform();
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    await rm(join(dataDir, "datasets", id), { recursive: true });
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    expect(await foldersLeft()).toEqual([]);
    expect(await statusOf()).toEqual(["ready"]);
  });

  it("starts over after a crash, and gives up one that always crashes", async () => {
    const { ask, datasets } = await quickPlatform({ workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    // What a killed process leaves: an attempt that was begun, and its folder.
    await test.database.execute("update datasets set attempts = 1 where id = $1", [id]);
    await mkdir(join(dataDir, "datasets", `.${id}.1`, "data"), { recursive: true });
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    expect(await datasets.waitUntilChecked(id, 0)).toMatchObject({ status: "ready" });

    const other = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    await test.database.execute("update datasets set attempts = 3 where id = $1", [other.id]);
    await worker(datasets)({ dataset_id: other.id }, AbortSignal.timeout(60_000));
    expect(await datasets.waitUntilChecked(other.id, 0)).toMatchObject({
      status: "invalid",
      error: { code: "check_failed" },
    });
  });

  it("decides alone, also while an earlier attempt still runs", async () => {
    const gate = join(dataDir, "slow-gate");
    const first = `if mkdir ${gate} 2>/dev/null; then while [ ! -e ${gate}/open ]; do sleep 0.05; done; fi\n${quickScript}`;
    const trainer = await createScriptedTrainer(dataDir, first);
    const { ask, datasets } = await startPlatform({ trainer, workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    const slow = worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    await vi.waitFor(() => readdir(gate), 10_000);
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    const ready = await datasets.waitUntilChecked(id, 0);
    await writeFile(join(gate, "open"), "");
    await slow;
    expect(await datasets.waitUntilChecked(id, 0)).toEqual(ready);
    expect(await foldersLeft()).toEqual([id]);
  });

  it("is left to the next delivery when the server stops", async () => {
    const trainer = await createScriptedTrainer(dataDir, "exec sleep 600");
    const { ask, datasets } = await startPlatform({ trainer, workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    const stopping = new AbortController();
    const handling = worker(datasets)({ dataset_id: id }, stopping.signal);
    await vi.waitFor(async () => expect(await foldersLeft()).toHaveLength(1), 10_000);
    stopping.abort();
    await expect(handling).rejects.toThrow("aborted");
    expect(await statusOf()).toEqual(["checking"]);
    expect(await foldersLeft()).toEqual([]);
  });
});

describe("starting after a crash", () => {
  it("removes folders whose data sets are gone, and no others", async () => {
    const { ask, datasets } = await quickPlatform();
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", table(12))] })).body,
    );
    for (const name of ["ds_gonegonegonegonegone00", ".ds_gonegonegonegonegone00.2"]) {
      await mkdir(join(dataDir, "datasets", name, "data"), { recursive: true });
    }
    await datasets.start?.();
    expect(await foldersLeft()).toEqual([id]);
  });
});

describe("reading uploads", () => {
  it("is the same for the inspector and for the conversion", async () => {
    const inspect = createFileInspector();
    const inspection = await inspect({ name: "t.csv", type: ".csv", bytes: Readable.from([Buffer.from(table(12))]) });
    expect(inspection).toEqual({
      encoding: "utf-8",
      rows: 12,
      columns: ["question", "answer"],
      preview: table(12).slice(0, 200),
      warnings: [],
    });
  });
});
