import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Dataset } from "@llm-tuner/contract/datasets.ts";
import { TrainingExample } from "@llm-tuner/contract/run-folder.ts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { archiveOf } from "../platform/testing/archive.ts";
import { createDatasetWorld, realTrainer, sumsTable, users } from "./testing/dataset-world.ts";

const { dataDir, clock, database, start, upload, foldersLeft, statuses } = await createDatasetWorld();

describe("a data set", () => {
  it("is converted, split and counted by the base model's own tokenizer", async () => {
    const { ask, datasets } = await start({ trainer: realTrainer });
    const fileId = await upload("sums.csv", `${sumsTable(60)},\n${sumsTable(3).split("\n").slice(1).join("\n")}`);
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
      problems: [
        { code: "empty_row", line: expect.any(Number), count: 1 },
        { code: "duplicate_row", line: expect.any(Number), count: 3 },
      ],
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
    const { ask } = await start();
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
    const { ask } = await start();
    const fileId = await upload("t.csv", sumsTable(12));
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
    ["too_few_examples", 422, () => ({ name: "one.csv", content: sumsTable(1) }), {}],
    ["too_few_examples", 422, () => ({ name: "same.csv", content: `q,a\n${"1,2\n".repeat(50)}` }), {}],
    [
      "missing_column",
      422,
      () => ({ name: "t.csv", content: sumsTable(12) }),
      { mapping: { kind: "text", columns: ["price"] } },
    ],
    ["mapping_does_not_fit", 422, () => ({ name: "t.csv", content: sumsTable(12) }), { mapping: { kind: "messages" } }],
    ["unknown_base_model", 422, () => ({ name: "t.csv", content: sumsTable(12) }), { base_model: "gpt9" }],
    ["invalid_request", 400, () => ({ name: "t.csv", content: sumsTable(12) }), { held_out_fraction: 0.9 }],
  ])("is refused with %s (%i), and nothing of it stays", async (code, status, file, request) => {
    const { ask } = await start();
    const { name, content } = file();
    const fileId = await upload(name, content);
    const answer = await ask("POST", "/api/datasets", { file_ids: [fileId], ...request });
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(await statuses()).toEqual([]);
    expect(await foldersLeft()).toEqual([]);
  });

  it("says how few examples there are", async () => {
    const { ask } = await start();
    const answer = await ask("POST", "/api/datasets", { file_ids: [await upload("one.csv", sumsTable(1))] });
    expect(answer.body).toMatchObject({ error: { message: "The data set has 1 example, must have at least 10." } });
  });

  it("is not made of files of two types, nor of somebody else's file", async () => {
    const { ask } = await start();
    const csv = await upload("t.csv", sumsTable(12));
    const txt = await upload("t.txt", "a\n\nb");
    expect(await ask("POST", "/api/datasets", { file_ids: [csv, txt] })).toMatchObject({
      status: 422,
      body: { error: { code: "mixed_file_types" } },
    });
    expect(await ask("POST", "/api/datasets", { file_ids: [csv] }, "bob")).toMatchObject({
      status: 404,
      body: { error: { code: "file_not_found" } },
    });
    expect(await statuses()).toEqual([]);
  });

  it("is limited in number and in size", async () => {
    const { ask } = await start({ config: { datasetsPerUser: 1, datasetBytesPerUser: 2000 } });
    const small = await upload("s.csv", sumsTable(12));
    const large = await upload("l.csv", sumsTable(200));
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
    const { ask } = await start();
    const fileId = await upload("t.csv", sumsTable(12));
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
    const { ask, datasets } = await start();
    const fileId = await upload("t.csv", sumsTable(12));
    const { id } = Dataset.parse((await ask("POST", "/api/datasets", { file_ids: [fileId] })).body);
    await database.execute("delete from files where id = $1", [fileId]);
    await datasets.writeRunData(id, join(dataDir, "runs", "run-2"));
    expect((await ask("DELETE", `/api/datasets/${id}`)).status).toBe(204);
    expect((await ask("DELETE", `/api/datasets/${id}`)).status).toBe(404);
    expect(await foldersLeft()).toEqual([]);
    expect(await createAuditFixture(database).entries()).toContain(`dataset.deleted ${id}`);
    await expect(datasets.writeRunData(id, join(dataDir, "runs", "run-3"))).rejects.toMatchObject({
      code: "dataset_not_found",
    });
  });

  it("are described to their owner, and removed all together when the account ends", async () => {
    const { ask, datasets } = await start();
    const fileId = await upload("t.csv", sumsTable(12));
    const { id } = Dataset.parse((await ask("POST", "/api/datasets", { file_ids: [fileId] })).body);
    await datasets.waitUntilChecked(id, 10_000);
    expect((await archiveOf(datasets, users.ann)).get("datasets.jsonl")).toContain(`"id":"${id}"`);
    await datasets.personalData?.erase(users.ann);
    expect(await foldersLeft()).toEqual([]);
    await expect(datasets.getOwned(users.ann, id)).rejects.toMatchObject({ code: "dataset_not_found" });
  });
});
