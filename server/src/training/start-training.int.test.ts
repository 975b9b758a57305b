import { StartTrainingResponse } from "@llm-tuner/contract/training.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTrainingApp } from "./testing/training-app.ts";

let app: Awaited<ReturnType<typeof createTrainingApp>>;

beforeAll(async () => {
  app = await createTrainingApp({ waitingJobsPerUser: 4, stepsPerJob: 100, datasetCheckSeconds: 0.01 });
  for (const name of ["sales.csv", "more.csv", "invalid.csv", "slow.csv"]) app.addFile(app.ada, name);
});
afterEach(() => app.database.execute("delete from training_jobs"));
afterAll(() => app.close());

const start = (body: object, as = "ada") => app.call("POST", "/api/start-training", { body, as });
const jobCount = async () => (await app.call("GET", "/api/training-jobs")).body.training_jobs.length;

describe("the start of a job", () => {
  it("queues it with complete settings and says what it will learn from", async () => {
    const { status, body } = await start({
      files: ["sales.csv", "more.csv"],
      hyperparameters: { epochs: 2, max_sequence_length: 2048 },
      suffix: "demo",
    });
    expect(status).toBe(202);
    const answer = StartTrainingResponse.parse(body);
    expect(answer).toMatchObject({ status: "Pending", hyperparameters: { epochs: 2, max_sequence_length: 512 } });
    expect(answer.job_name).toMatch(/^llm-tune-[a-z0-9]{6}-starter-\d{8}-\d{6}-local$/);
    expect(answer.files.map(({ fileName, tuningInfo }) => [fileName, tuningInfo.fileType])).toEqual([
      ["sales.csv", ".csv"],
      ["more.csv", ".csv"],
    ]);
    expect(answer.warnings).toEqual([expect.stringMatching(/clipped from 2048 to 512/)]);
    const record = await app.module.findJob(answer.job_name);
    expect(record).toMatchObject({ suffix: "demo", userId: app.ada, baseModel: "starter", status: "Pending" });
  });

  it("takes files by id and data sets that are checked already", async () => {
    const byId = await start({ files: [app.addFile(app.ada, "other.csv")] });
    const dataset_id = (await app.module.findJob(byId.body.job_name))?.datasetId;
    const again = await start({ dataset_id });
    expect(again.status).toBe(202);
    expect(again.body.files).toEqual(byId.body.files);
    expect((await app.module.findJob(again.body.job_name))?.datasetId).toBe(dataset_id);
    expect(again.body.job_name).not.toBe(byId.body.job_name);
  });

  it("gives jobs of the same second different names", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => start({ files: ["sales.csv"] })));
    expect(new Set(answers.map(({ body }) => body.job_name)).size).toBe(3);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  });
});

describe("a repeated start", () => {
  it("answers with the job of the first", async () => {
    const first = await start({ files: ["sales.csv"], request_id: "once" });
    const datasets = app.datasetIds();
    const second = await start({ files: ["more.csv"], request_id: "once" });
    expect(second.body).toEqual(first.body);
    expect(app.datasetIds()).toEqual(datasets);
    expect(await jobCount()).toBe(1);
  });

  it("makes one job when both come at the same moment, and keeps one data set", async () => {
    const before = app.datasetIds().length;
    const answers = await Promise.all([1, 2, 3].map(() => start({ files: ["sales.csv"], request_id: "double click" })));
    expect(new Set(answers.map(({ body }) => body.job_name)).size).toBe(1);
    expect(await jobCount()).toBe(1);
    expect(app.datasetIds().length).toBe(before + 1);
  });

  it("of another person is another job", async () => {
    app.addFile(app.bob, "sales.csv");
    const mine = await start({ files: ["sales.csv"], request_id: "shared" });
    const theirs = await start({ files: ["sales.csv"], request_id: "shared" }, "bob");
    expect(theirs.body.job_name).not.toBe(mine.body.job_name);
  });
});

describe("a start that cannot be", () => {
  const refused = [
    ["an unknown base model", { base_model: "unknown", files: ["sales.csv"] }, 422, "unknown_base_model", "base_model"],
    ["no data", {}, 422, "training_data_missing", "files"],
    ["an unknown file", { files: ["sales.csv", "missing.csv"] }, 422, "unknown_file", "files.1"],
    ["data that failed its check", { files: ["invalid.csv"] }, 422, "unclosed_quote", "files"],
    [
      "too many steps",
      { files: ["sales.csv"], hyperparameters: { epochs: 50 } },
      422,
      "too_many_steps",
      "hyperparameters.epochs",
    ],
    [
      "absurd settings",
      { files: ["sales.csv"], hyperparameters: { epochs: 0 } },
      400,
      "invalid_request",
      "hyperparameters.epochs",
    ],
    [
      "a misspelt setting",
      { files: ["sales.csv"], hyperparameters: { epoch: 1 } },
      400,
      "invalid_request",
      "hyperparameters.epoch",
    ],
  ] as const;

  it.each(refused)("says what is wrong and where: %s", async (_, body, status, code, field) => {
    const datasets = app.datasetIds();
    const answer = await start(body);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(answer.body.error.details.places[0].field).toBe(field);
    expect(app.datasetIds()).toEqual(datasets);
    expect(await jobCount()).toBe(0);
  });

  it("names both when data is given twice", async () => {
    const { body } = await start({ files: ["sales.csv"] });
    const dataset_id = (await app.module.findJob(body.job_name))?.datasetId;
    for (const more of [{ files: ["sales.csv"] }, { mapping: { kind: "messages" } }]) {
      const answer = await start({ dataset_id, ...more });
      expect(answer).toMatchObject({ status: 422, body: { error: { code: "training_data_ambiguous" } } });
      expect(answer.body.error.details.places[0].field).toBe(Object.keys(more)[0]);
    }
  });

  it("does not reach for somebody else's file or data set", async () => {
    const { body } = await start({ files: ["sales.csv"] });
    const dataset_id = (await app.module.findJob(body.job_name))?.datasetId;
    expect(await start({ dataset_id }, "bob")).toMatchObject({ status: 404 });
    expect(await start({ files: ["invalid.csv"] }, "bob")).toMatchObject({ body: { error: { code: "unknown_file" } } });
  });

  it("leaves data whose check takes longer to be asked for again", async () => {
    const answer = await start({ files: ["slow.csv"] });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "data_set_still_checked" } } });
    expect(answer.body.error.details.remedy).toContain(app.datasetIds().at(-1));
  });

  it("refuses a job too many, also when several come at once, and keeps none of its data", async () => {
    const before = app.datasetIds().length;
    const answers = await Promise.all(Array.from({ length: 6 }, () => start({ files: ["sales.csv"] })));
    expect(answers.filter(({ status }) => status === 202).length).toBe(4);
    expect(answers.filter(({ status }) => status === 429).length).toBe(2);
    expect(answers.find(({ status }) => status === 429)?.body.error.code).toBe("too_many_waiting_jobs");
    expect(app.datasetIds().length).toBe(before + 4);
  });
});
