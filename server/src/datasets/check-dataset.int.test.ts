import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Dataset } from "@llm-tuner/contract/datasets.ts";
import { describe, expect, it } from "vitest";
import type { DatasetsModule } from "./datasets.module.ts";
import { createDatasetWorld, eventStamp, quickScript, sumsTable } from "./testing/dataset-world.ts";
import { until } from "../platform/testing/until.ts";

const { dataDir, database, start, scripted, upload, foldersLeft, statuses } = await createDatasetWorld();

describe("checking in the background", () => {
  it("goes on when the request does not wait for its end", async () => {
    const gate = join(dataDir, "gate");
    const trainer = await scripted(`while [ ! -e ${gate} ]; do sleep 0.05; done\n${quickScript}`);
    const { ask, datasets } = await start({ trainer, config: { waitSeconds: 0.1 } });
    const created = await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] });
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
    const { ask, datasets, queue } = await start({ workers: false, config: { waitSeconds: 0 } });
    const created = await ask("POST", "/api/datasets", { file_ids: [await upload("one.csv", sumsTable(1))] });
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
    const failed = `{${eventStamp},"type":"failed","code":"base_model_unavailable","message":"No network.","remedy":"Connect.","log_tail":[]}`;
    const trainer = await scripted(`echo '${failed}' > "$4/events.jsonl"; exit 1`);
    const { ask } = await start({ trainer });
    expect(
      await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))], base_model: "gpt2" }),
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
    const { ask } = await start({ trainer: await scripted(script) });
    expect(await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).toMatchObject({
      status: 500,
      body: { error: { code: "token_count_failed" } },
    });
    expect(await foldersLeft()).toEqual([]);
  });

  it("ends a trainer that takes too long", async () => {
    const trainer = await scripted("exec sleep 600");
    const { ask } = await start({ trainer, config: { tokenizeTimeoutSeconds: 1 } });
    expect(await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).toMatchObject({
      status: 422,
      body: { error: { code: "token_count_timeout" } },
    });
  });

  it("fails when a file was deleted before it was read", async () => {
    const { ask, datasets, queue } = await start({ workers: false, config: { waitSeconds: 0 } });
    const fileId = await upload("t.csv", sumsTable(12));
    const { id } = Dataset.parse((await ask("POST", "/api/datasets", { file_ids: [fileId] })).body);
    await database.execute("delete from files where id = $1", [fileId]);
    await queue.work(datasets.workers);
    expect(await datasets.waitUntilChecked(id, 30_000)).toMatchObject({
      status: "invalid",
      error: { code: "file_not_found" },
    });
  });

  it("stops when its data set is deleted, and leaves nothing", async () => {
    const trainer = await scripted(`touch "$4/../started"; sleep 1; ${quickScript}`);
    const { ask } = await start({ trainer, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    await expect.poll(foldersLeft).toContain("started");
    await ask("DELETE", `/api/datasets/${id}`);
    await expect.poll(foldersLeft).toEqual(["started"]);
  });
});

describe("a check that is delivered again", () => {
  const worker = (datasets: DatasetsModule) =>
    datasets.workers[0]?.handle ?? (() => Promise.reject(new Error("no worker")));

  it("does nothing when the data set is checked already", async () => {
    const { ask, datasets } = await start();
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    await rm(join(dataDir, "datasets", id), { recursive: true });
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    expect(await foldersLeft()).toEqual([]);
    expect(await statuses()).toEqual(["ready"]);
  });

  it("starts over after a crash, and gives up one that always crashes", async () => {
    const { ask, datasets } = await start({ workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    // What a killed process leaves: an attempt that was begun, and its folder.
    await database.execute("update datasets set attempts = 1 where id = $1", [id]);
    await mkdir(join(dataDir, "datasets", `.${id}.1`, "data"), { recursive: true });
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    expect(await datasets.waitUntilChecked(id, 0)).toMatchObject({ status: "ready" });

    const other = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    await database.execute("update datasets set attempts = 3 where id = $1", [other.id]);
    await worker(datasets)({ dataset_id: other.id }, AbortSignal.timeout(60_000));
    expect(await datasets.waitUntilChecked(other.id, 0)).toMatchObject({
      status: "invalid",
      error: { code: "check_failed" },
    });
  });

  it("decides alone, also while an earlier attempt still runs", async () => {
    const gate = join(dataDir, "slow-gate");
    const first = `if mkdir ${gate} 2>/dev/null; then while [ ! -e ${gate}/open ]; do sleep 0.05; done; fi\n${quickScript}`;
    const trainer = await scripted(first);
    const { ask, datasets } = await start({ trainer, workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    const slow = worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    await until(() => readdir(gate).catch(() => undefined));
    await worker(datasets)({ dataset_id: id }, AbortSignal.timeout(60_000));
    const ready = await datasets.waitUntilChecked(id, 0);
    await writeFile(join(gate, "open"), "");
    await slow;
    expect(await datasets.waitUntilChecked(id, 0)).toEqual(ready);
    expect(await foldersLeft()).toEqual([id]);
  });

  it("is left to the next delivery when the server stops", async () => {
    const trainer = await scripted("exec sleep 600");
    const { ask, datasets } = await start({ trainer, workers: false, config: { waitSeconds: 0 } });
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    const stopping = new AbortController();
    const handling = worker(datasets)({ dataset_id: id }, stopping.signal);
    await expect.poll(foldersLeft).toHaveLength(1);
    stopping.abort();
    await expect(handling).rejects.toThrow("aborted");
    expect(await statuses()).toEqual(["checking"]);
    expect(await foldersLeft()).toEqual([]);
  });
});

describe("starting after a crash", () => {
  it("removes folders whose data sets are gone, and no others", async () => {
    const { ask, datasets } = await start();
    const { id } = Dataset.parse(
      (await ask("POST", "/api/datasets", { file_ids: [await upload("t.csv", sumsTable(12))] })).body,
    );
    for (const name of ["ds_gonegonegonegonegone00", ".ds_gonegonegonegonegone00.2"]) {
      await mkdir(join(dataDir, "datasets", name, "data"), { recursive: true });
    }
    await datasets.start?.();
    expect(await foldersLeft()).toEqual([id]);
  });
});
