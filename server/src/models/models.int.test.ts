import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TunedModel } from "@llm-tuner/contract/models.ts";
import type { FastifyInstance } from "fastify";
import { extract } from "tar";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { silentLog } from "../platform/log/log.ts";
import type { Queue } from "../platform/queue/queue.ts";
import { archiveOf } from "../platform/testing/archive.ts";
import { type MovableClock, createMovableClock } from "../platform/testing/movable-clock.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { type TestDatabase, createTestDatabase } from "../platform/testing/test-database.ts";
import { modelIdOfJob } from "./model-name.ts";
import { type ModelsModule, createModelsModule } from "./models.module.ts";
import { createFinishedJobs, insertCompletedJob, insertUser } from "./testing/jobs.ts";
import { writeCompletedRun } from "./testing/run-folder.ts";

const owner = "user_ab12aaaaaaaaaaaa";
const stranger = "user_cd34bbbbbbbbbbbb";
const authenticator = authenticatorOf({
  owner: testCaller({ userId: owner }),
  stranger: testCaller({ userId: stranger }),
});

let testDatabase: TestDatabase;
let dataDir: string;
let clock: MovableClock;
let models: ModelsModule;
let app: FastifyInstance;
let sent: { name: string; payload: unknown }[];
/** Makes the next job of the queue fail, after the row has been written. */
let queueFails: boolean;
let takenDown: string[];
let jobs = 0;

const queue: Queue = {
  async send(_transaction, name, payload) {
    if (queueFails) throw new Error("the queue is not there");
    sent.push({ name, payload });
  },
};

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  for (const userId of [owner, stranger]) await insertUser(testDatabase.database, userId);
});

afterAll(() => testDatabase.drop());

beforeEach(async () => {
  const { database } = testDatabase;
  await database.execute("delete from models");
  dataDir = await mkdtemp(join(tmpdir(), "models-"));
  clock = createMovableClock();
  sent = [];
  takenDown = [];
  queueFails = false;
  models = createModelsModule({
    database,
    queue,
    audit: createAuditFixture(database).audit,
    training: createFinishedJobs(database),
    deployments: {
      deploymentsOf: async () => new Map(),
      takeDown: async (modelId) => {
        takenDown.push(modelId);
      },
    },
    dataDir,
    clock,
    log: silentLog,
  });
  app = await createTestApp({ modules: [models], authenticator });
  return async () => {
    await app.close();
    await rm(dataDir, { recursive: true });
  };
});

const ask = (method: "GET" | "DELETE", url: string, token = "owner") =>
  app.inject({ method, url, headers: { authorization: `Bearer ${token}` } });

const deliver = (jobName: string): Promise<void> => {
  const [worker] = models.workers;
  if (worker === undefined) throw new Error("the module has a worker");
  return worker.handle({ job_name: jobName }, new AbortController().signal);
};

/** A completed job with its run folder; the news of it has not been delivered yet. */
const completeJob = async ({ suffix = "faq", userId = owner }: { suffix?: string | null; userId?: string } = {}) => {
  jobs += 1;
  const jobName = `llm-tune-ab12-starter-20261121-${String(jobs).padStart(6, "0")}-local`;
  await insertCompletedJob(testDatabase.database, { jobName, userId, suffix });
  await writeCompletedRun({ dataDir, jobName });
  return jobName;
};

const register = async (job: Parameters<typeof completeJob>[0] = {}): Promise<string> => {
  const jobName = await completeJob(job);
  await deliver(jobName);
  return modelIdOfJob(jobName);
};

const linkedModel = async (jobName: string): Promise<string | null | undefined> => {
  const row = await testDatabase.database.row(
    z.object({ model_id: z.string().nullable() }),
    "select model_id from training_jobs where name = $1",
    [jobName],
  );
  return row?.model_id;
};

describe("a completed job", () => {
  it("becomes a model with its provenance, linked to the job, and its parity check is queued", async () => {
    const jobName = await completeJob();
    await deliver(jobName);
    const id = modelIdOfJob(jobName);

    const answer = await ask("GET", `/api/models/${id}`);
    expect(answer.statusCode).toBe(200);
    expect(TunedModel.parse(answer.json())).toEqual({
      id,
      name: `ft:starter:ab12:faq:${id.slice(6, 14)}`,
      base_model: "starter",
      job_name: jobName,
      dataset_id: "ds_abcdef0123456789",
      method: "full",
      size_bytes: expect.any(Number),
      parameters: 679_000,
      context_window: 256,
      held_out_loss_before: 3.5,
      held_out_loss_after: 1.25,
      parity: { verdict: "pending", prompts: 0, mismatches: 0, message: null, checked_at: null },
      deployment: null,
      created_at: clock.now().toISOString(),
    });
    expect(await linkedModel(jobName)).toBe(id);
    expect(sent).toEqual([{ name: "models.parity", payload: { model_id: id } }]);
  });

  it("becomes one model however often, and however much at once, the news is delivered", async () => {
    const jobName = await completeJob();
    await Promise.all([deliver(jobName), deliver(jobName)]);
    await deliver(jobName);
    expect((await ask("GET", "/api/models")).json().models).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("becomes a model at the second delivery when the first failed after the files were moved", async () => {
    const jobName = await completeJob();
    queueFails = true;
    await expect(deliver(jobName)).rejects.toThrow("the queue is not there");
    expect((await ask("GET", "/api/models")).json().models).toEqual([]);
    expect(await linkedModel(jobName)).toBeNull();

    queueFails = false;
    await deliver(jobName);
    expect((await ask("GET", "/api/models")).json().models).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("does not come back as a model that its owner deleted", async () => {
    const jobName = await completeJob();
    await deliver(jobName);
    await ask("DELETE", `/api/models/${modelIdOfJob(jobName)}`);
    await deliver(jobName);
    expect((await ask("GET", "/api/models")).json().models).toEqual([]);
  });

  it("makes no model when it is not there any more", async () => {
    await deliver("llm-tune-ab12-starter-20261121-999999-local");
    expect(sent).toEqual([]);
  });

  it("makes no model of pickled weights", async () => {
    const jobName = await completeJob();
    await writeFile(join(dataDir, "runs", jobName, "model", "pytorch_model.bin"), "cos\nsystem\n");
    await expect(deliver(jobName)).rejects.toMatchObject({ code: "model_artefact_refused" });
    expect((await ask("GET", "/api/models")).json().models).toEqual([]);
  });
});

describe("the list", () => {
  it("holds one's own models page by page, newest first", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.unshift(await register({ suffix: null }));
      // Two of them come at the same moment: then the id decides, and none is lost between two pages.
      if (index !== 2) clock.advance(1000);
    }
    await register({ userId: stranger });

    const seen: string[] = [];
    let cursor = "";
    do {
      const page = (await ask("GET", `/api/models?limit=2${cursor}`)).json();
      seen.push(...page.models.map(({ id }: { id: string }) => id));
      cursor = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
    } while (cursor !== "");
    expect(seen).toHaveLength(5);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect([seen[0], seen.at(-1)]).toEqual([ids[0], ids.at(-1)]);
  });

  it("refuses a cursor that it did not give out", async () => {
    const answer = await ask("GET", "/api/models?cursor=nonsense");
    expect(answer.statusCode).toBe(400);
  });
});

describe("the download", () => {
  it("is an archive of the files", async () => {
    const id = await register();
    const answer = await ask("GET", `/api/models/${id}/download`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "application/gzip",
      "content-disposition": 'attachment; filename="model.tar.gz"',
    });
    const target = join(dataDir, "unpacked");
    await mkdir(target);
    await writeFile(join(dataDir, "model.tar.gz"), answer.rawPayload);
    await extract({ file: join(dataDir, "model.tar.gz"), cwd: target });
    for (const name of ["manifest.json", "model.safetensors", "tokenizer.json", "parity.json"]) {
      expect(await readFile(join(target, name))).toEqual(await readFile(join(models.artefactFolder(id), name)));
    }
  });

  it("says so when the files are gone", async () => {
    const id = await register();
    await rm(models.artefactFolder(id), { recursive: true });
    const answer = await ask("GET", `/api/models/${id}/download`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([410, "model_files_missing"]);
  });
});

describe("deleting", () => {
  it("takes the model down, forgets it and removes its files", async () => {
    const id = await register();
    expect((await ask("DELETE", `/api/models/${id}`)).statusCode).toBe(204);
    expect(takenDown).toEqual([id]);
    expect(existsSync(models.artefactFolder(id))).toBe(false);
    expect((await ask("GET", `/api/models/${id}`)).statusCode).toBe(404);
    expect(await createAuditFixture(testDatabase.database).entries()).toContain(`model.deleted ${id}`);
  });

  it("of all models of a person takes each down and leaves nobody else's", async () => {
    await insertUser(testDatabase.database, "user_closing000000");
    const ids = [await register({ userId: "user_closing000000" }), await register({ userId: "user_closing000000" })];
    const kept = await register();
    const listed = (await archiveOf(models, "user_closing000000")).get("models.jsonl");
    for (const id of ids) expect(listed).toContain(id);
    await models.personalData?.erase("user_closing000000");
    expect(takenDown.toSorted()).toEqual(ids.toSorted());
    expect([...ids, kept].map((id) => existsSync(models.artefactFolder(id)))).toEqual([false, false, true]);
  });

  it("leaves no files behind when a user goes: they are swept up at a later start", async () => {
    await insertUser(testDatabase.database, "user_leaver0000000");
    const id = await register({ userId: "user_leaver0000000" });
    const kept = await register();
    await testDatabase.database.execute("delete from users where id = $1", ["user_leaver0000000"]);
    clock.advance(2 * 3_600_000);
    await models.start?.();
    expect([existsSync(models.artefactFolder(id)), existsSync(models.artefactFolder(kept))]).toEqual([false, true]);
  });
});

describe("somebody else's model", () => {
  it.each([
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/download"],
  ] as const)("does not exist for %s %s", async (method, path) => {
    const id = await register();
    const answer = await ask(method, `/api/models/${id}${path}`, "stranger");
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, "model_not_found"]);
    expect(existsSync(models.artefactFolder(id))).toBe(true);
  });
});

describe("the parity verdict", () => {
  it("is stored and shown, and one for a model that has been deleted is dropped", async () => {
    const id = await register();
    const parity = {
      verdict: "failed" as const,
      prompts: 8,
      mismatches: 2,
      message: null,
      checked_at: clock.now().toISOString(),
    };
    await models.recordParity(id, parity);
    expect((await ask("GET", `/api/models/${id}`)).json().parity).toEqual(parity);
    await ask("DELETE", `/api/models/${id}`);
    await models.recordParity(id, parity);
    expect(await models.find(id)).toBeUndefined();
  });
});
