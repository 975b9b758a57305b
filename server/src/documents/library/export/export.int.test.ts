import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import readXlsx from "read-excel-file/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Dataset } from "@llm-tuner/contract/datasets.ts";
import type { TrainingDataMaker } from "../../ports.ts";
import { isHeldOut } from "../held-out.ts";
import { createLibraryWorld, type LibraryWorld, people } from "../testing/library-world.ts";

type Given = { title: string; text: string; tags: string[] };

let world: LibraryWorld;
const given: Given[] = [];
const trainingData: TrainingDataMaker = {
  async create({ userId, name, baseModel, documents }) {
    for await (const document of documents) given.push(document);
    const dataset: Dataset = {
      id: "ds_0000000000000000000000",
      name: `${name} of ${userId}`,
      file_ids: [],
      base_model: baseModel,
      status: "checking",
      progress: 0,
      error: null,
      report: null,
      created_at: "2026-01-01T00:00:00.000Z",
    };
    return { dataset, examples: given.length };
  },
};

const digest = (last: number): string => `${"0".repeat(62)}${last.toString(16).padStart(2, "0")}`;

beforeAll(async () => {
  world = await createLibraryWorld({ trainingData });
  await world.add({ title: "=cmd|' /C calc'!A0", text: "first\ntext", accepted: ["+plus", "two"], sha256: digest(1) });
  await world.add({ title: "Plain & <tagged>", text: "second", tags: ["maybe"], sha256: digest(2) });
  await world.add({ title: "Held out", text: "third", accepted: ["two"], sha256: digest(10) });
  await world.add({ title: "Copy", text: "first\ntext", accepted: ["two"], sha256: digest(1) });
  await world.add({ title: "Empty", text: " ", accepted: ["two"], sha256: digest(3) });
  await world.add({ title: "Failed", text: null, status: "failed" });
  await world.add({ owner: "bob", title: "Bob's", text: "secret of bob", accepted: ["two"] });
});
afterAll(() => world.close());

const path = "/api/history/documents/export";
const exported = (body: object) => world.call("POST", path, { body });

describe("downloads", () => {
  it("SEC-33: writes CSV without formulas", async () => {
    const { statusCode, headers, body } = await exported({ format: "csv", include_text: true });
    expect([statusCode, headers["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
    const rows = z.array(z.record(z.string(), z.string())).parse(parse(body, { columns: true, bom: true }));
    expect(rows).toHaveLength(6);
    const first = rows.find(({ text }) => text === "first\ntext");
    expect(first).toBeDefined();
    const dangerous = rows.find(({ title }) => title?.includes("calc"));
    expect(dangerous).toMatchObject({ title: "'=cmd|' /C calc'!A0", accepted_tags: "'+plus; two" });
    expect(body).not.toContain("bob");
  });

  it("SEC-33: writes XLSX that reads back the same, without formulas", async () => {
    const response = await exported({ format: "xlsx", include_text: true });
    const folder = await mkdtemp(join(tmpdir(), "xlsx-"));
    try {
      const file = join(folder, "documents.xlsx");
      await writeFile(file, response.rawPayload);
      const sheets = await readXlsx(file);
      const text = JSON.stringify(sheets);
      expect(text).toContain("Plain & <tagged>");
      expect(text).toContain("'=cmd|' /C calc'!A0");
      expect(text).not.toContain('"=cmd');
      expect(text).toContain("first\\ntext");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("writes JSON lines, of what is chosen", async () => {
    const titles = async (body: object): Promise<string[]> =>
      (await exported({ format: "jsonl", ...body })).body
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => z.looseObject({ title: z.string() }).parse(JSON.parse(line)).title)
        .toSorted();
    expect(await titles({})).toHaveLength(6);
    expect(await titles({ filter: { tag: "two" } })).toEqual(["=cmd|' /C calc'!A0", "Copy", "Empty", "Held out"]);
    expect(await titles({ filter: { status: "failed" } })).toEqual(["Failed"]);
    expect(await titles({ filter: { query: "second" } })).toEqual(["Plain & <tagged>"]);
    expect(await titles({ filter: { query: "nothing like it" } })).toEqual([]);
  });

  it("refuses documents of others, and ids beside a filter", async () => {
    const bobs = await world.add({ owner: "bob" });
    expect((await exported({ format: "csv", document_ids: [bobs] })).statusCode).toBe(404);
    const own = await world.add({ title: "temporary" });
    expect((await exported({ format: "csv", document_ids: [own], filter: {} })).statusCode).toBe(400);
    await world.call("DELETE", `/api/history/documents/${own}`);
  });

  it("walks over more documents than are read at once", async () => {
    await Promise.all(Array.from({ length: 450 }, () => world.add({ owner: "bob", title: "many" })));
    const response = await world.call("POST", path, { as: "bob", body: { format: "jsonl" } });
    const ids = response.body.split("\n").filter((line) => line !== "");
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(450);
    const files = world.library.personalFiles(people.bob);
    expect(files.map(({ name }) => name)).toEqual(["documents.jsonl", "tags.jsonl"]);
  });
});

describe("training data", () => {
  it("is made of documents with accepted tags, and says what was left out and why", async () => {
    const response = await exported({ format: "training_data", name: "Mine", base_model: "starter" });
    expect(response.statusCode, response.body).toBe(201);
    expect(given).toEqual([
      expect.objectContaining({ text: "first\ntext", tags: expect.arrayContaining(["two"]), language: "en" }),
    ]);
    expect(response.json()).toMatchObject({
      dataset: { name: `Mine of ${people.ann}`, base_model: "starter" },
      examples: 1,
      left_out: 5,
      left_out_because: {
        not_completed: 1,
        without_accepted_tags: 1,
        without_text: 1,
        same_content: 1,
        held_out: 1,
        not_usable: 0,
      },
    });
  });

  it("is refused where nothing can be trained on, with the reasons", async () => {
    const response = await exported({ format: "training_data", filter: { query: "second" } });
    expect(response.statusCode).toBe(422);
    expect(response.body).toContain("1 without an accepted tag");
  });

  it("holds a tenth of all documents out", () => {
    const digests = Array.from({ length: 10_000 }, (_, index) =>
      (index * 2_654_435_761).toString(16).padStart(64, "0"),
    );
    const share = digests.filter(isHeldOut).length / digests.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
  });
});
