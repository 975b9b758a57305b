import { StartTrainingResponse } from "@llm-tuner/contract/training.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { writeScript } from "./testing/supervision.ts";
import { createTrainingApp, goodTable } from "./testing/training-app.ts";

let app: Awaited<ReturnType<typeof createTrainingApp>>;

beforeAll(async () => {
  app = await createTrainingApp({ config: { waitingJobsPerUser: 4, stepsPerJob: 100 } });
  await app.upload("sales.csv");
  await app.upload("more.csv");
  await writeScript(app.dataDir, "Small.Model", {});
  // Its check fails: too little is left to learn from.
  await app.upload("poor.csv", "question,answer\nOne?,One.\n");
});
afterEach(() => app.database.execute("delete from training_jobs"));
afterAll(() => app.close());

const start = (body: object, as = "ada") => app.call("POST", "/api/start-training", { body, as });
const jobCount = async () => (await app.call("GET", "/api/training-jobs")).body.training_jobs.length;
const datasetIds = async () =>
  (await app.database.rows(z.object({ id: z.string() }), "select id from datasets order by id")).map(({ id }) => id);
const datasetOf = async (answer: { body: { job_name: string } }) =>
  (await app.module.findJob(answer.body.job_name))?.datasetId;

describe("the start of a job", () => {
  it("queues it with complete settings and says what it will learn from", async () => {
    const { status, body } = await start({
      base_model: "Small.Model",
      files: ["sales.csv", "more.csv"],
      hyperparameters: { epochs: 2, max_sequence_length: 2048 },
      suffix: "demo",
    });
    expect(status).toBe(202);
    const answer = StartTrainingResponse.parse(body);
    expect(answer).toMatchObject({ status: "Pending", hyperparameters: { epochs: 2, max_sequence_length: 512 } });
    expect(answer.job_name).toMatch(/^llm-tune-[a-z0-9]{6}-small.model-\d{8}-\d{6}-local$/);
    expect(answer.files.map(({ fileName, tuningInfo }) => [fileName, tuningInfo.fileType])).toEqual([
      ["sales.csv", ".csv"],
      ["more.csv", ".csv"],
    ]);
    expect(answer.warnings).toEqual([expect.stringMatching(/clipped from 2048 to 512/)]);
    const record = await app.module.findJob(answer.job_name);
    expect(record).toMatchObject({
      suffix: "demo",
      userId: app.people.ada,
      baseModel: "Small.Model",
      status: "Pending",
    });
  });

  it("takes files by id and data sets that are checked already", async () => {
    const byId = await start({ files: [await app.upload("other.csv")] });
    const dataset_id = await datasetOf(byId);
    const again = await start({ dataset_id });
    expect(again.status).toBe(202);
    expect(again.body.files).toEqual(byId.body.files);
    expect(await datasetOf(again)).toBe(dataset_id);
    expect(again.body.job_name).not.toBe(byId.body.job_name);
  });

  it("reads the files as the request says", async () => {
    const mapping = { kind: "prompt_completion", prompt_columns: ["answer"], completion_column: "question" };
    const { body } = await start({ files: ["sales.csv"], mapping });
    const dataset = await app.call("GET", `/api/datasets/${await datasetOf({ body })}`);
    expect(dataset.body.report).toMatchObject({ mapping, automatic_mapping: false });
  });

  it("gives jobs of the same second different names", async () => {
    const dataset_id = await datasetOf(await start({ files: ["sales.csv"] }));
    const answers = await Promise.all([1, 2, 3].map(() => start({ dataset_id })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.job_name)).size).toBe(3);
  });
});

describe("a repeated start", () => {
  it("answers with the job of the first", async () => {
    const first = await start({ files: ["sales.csv"], request_id: "once" });
    const datasets = await datasetIds();
    const second = await start({ files: ["more.csv"], request_id: "once" });
    expect(second.body).toEqual(first.body);
    expect(await datasetIds()).toEqual(datasets);
    expect(await jobCount()).toBe(1);
  });

  it("makes one job when both come at the same moment, and keeps one data set", async () => {
    const before = await datasetIds();
    const answers = await Promise.all([1, 2, 3].map(() => start({ files: ["sales.csv"], request_id: "double click" })));
    expect(new Set(answers.map(({ body }) => body.job_name)).size).toBe(1);
    expect(await jobCount()).toBe(1);
    expect((await datasetIds()).length).toBe(before.length + 1);
  });

  it("of another person is another job", async () => {
    await app.upload("sales.csv", goodTable("sales"), "bob");
    const mine = await start({ files: ["sales.csv"], request_id: "shared" });
    const theirs = await start({ files: ["sales.csv"], request_id: "shared" }, "bob");
    expect(theirs.status).toBe(202);
    expect(theirs.body.job_name).not.toBe(mine.body.job_name);
  });
});

describe("a start that cannot be", () => {
  const epochs = "hyperparameters.epochs";
  const refused = [
    ["an unknown base model", { base_model: "unknown", files: ["sales.csv"] }, 422, "unknown_base_model", "base_model"],
    ["no data", {}, 422, "training_data_missing", "files"],
    ["an unknown file", { files: ["sales.csv", "missing.csv"] }, 422, "unknown_file", "files.1"],
    ["too many steps", { files: ["sales.csv"], hyperparameters: { epochs: 99 } }, 422, "too_many_steps", epochs],
    ["absurd settings", { files: ["sales.csv"], hyperparameters: { epochs: 0 } }, 400, "invalid_request", epochs],
    ["a misspelt setting", { hyperparameters: { epoch: 1 } }, 400, "invalid_request", "hyperparameters.epoch"],
  ] as const;

  it.each(refused)("says what is wrong and where, and leaves nothing: %s", async (_, body, status, code, field) => {
    const before = await datasetIds();
    const answer = await start(body);
    expect(answer).toMatchObject({ status, body: { error: { code, details: { places: [{ field }] } } } });
    expect(await datasetIds()).toEqual(before);
    expect(await jobCount()).toBe(0);
  });

  it("tells what the check of the data found, and keeps none of it", async () => {
    const before = await datasetIds();
    expect(await start({ files: ["poor.csv"] })).toMatchObject({
      status: 422,
      body: { error: { code: "too_few_examples", details: { remedy: expect.any(String) } } },
    });
    const mapping = { kind: "prompt_completion", prompt_columns: ["price"], completion_column: "answer" };
    expect(await start({ files: ["sales.csv"], mapping })).toMatchObject({
      status: 422,
      body: { error: { code: "missing_column", details: { places: [{ file: "sales.csv", column: "price" }] } } },
    });
    expect(await datasetIds()).toEqual(before);
    expect(await jobCount()).toBe(0);
  });

  it("names both when data is given twice", async () => {
    const dataset_id = await datasetOf(await start({ files: ["sales.csv"] }));
    for (const more of [{ files: ["sales.csv"] }, { mapping: { kind: "messages" } }]) {
      const answer = await start({ dataset_id, ...more });
      expect(answer).toMatchObject({ status: 422, body: { error: { code: "training_data_ambiguous" } } });
      expect(answer.body.error.details.places[0].field).toBe(Object.keys(more)[0]);
    }
  });

  it("does not reach for somebody else's file or data set", async () => {
    const dataset_id = await datasetOf(await start({ files: ["sales.csv"] }));
    expect(await start({ dataset_id }, "bob")).toMatchObject({ status: 404 });
    expect(await start({ files: ["poor.csv"] }, "bob")).toMatchObject({ body: { error: { code: "unknown_file" } } });
  });

  it("refuses a job too many, also when several come at once, and keeps none of its data", async () => {
    const before = await datasetIds();
    const answers = await Promise.all(Array.from({ length: 6 }, () => start({ files: ["sales.csv"] })));
    expect(answers.filter(({ status }) => status === 202).length).toBe(4);
    const refusals = answers.filter(({ status }) => status === 429);
    expect(refusals.map(({ body }) => body.error.code)).toEqual(["too_many_waiting_jobs", "too_many_waiting_jobs"]);
    expect((await datasetIds()).length).toBe(before.length + 4);
  });
});

describe("data whose check takes long", () => {
  it("is to be asked for again, and is kept for that", async () => {
    const slow = await createTrainingApp({ datasetWaitSeconds: 0 });
    try {
      await slow.upload("large.csv");
      const answer = await slow.call("POST", "/api/start-training", { body: { files: ["large.csv"] } });
      expect(answer).toMatchObject({ status: 409, body: { error: { code: "data_set_still_checked" } } });
      const dataset_id = /ds_\w+/.exec(answer.body.error.details.remedy)?.[0];
      // A start by data set waits for its check.
      const again = await slow.call("POST", "/api/start-training", { body: { dataset_id } });
      expect(again.status).toBe(202);
    } finally {
      await slow.close();
    }
  });
});
