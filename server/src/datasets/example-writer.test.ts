import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TrainingExample } from "@llm-tuner/contract/run-folder.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createExampleWriter } from "./example-writer.ts";

const root = await mkdtemp(join(tmpdir(), "examples-"));
afterAll(() => rm(root, { recursive: true, force: true }));

async function write(texts: readonly string[], heldOutFraction = 0.1) {
  const folder = await mkdtemp(join(root, "run-"));
  const writer = await createExampleWriter(folder, heldOutFraction);
  for (const [index, text] of texts.entries()) {
    await writer.add({ line: index + 2, example: { text }, prompt: "", completion: text });
  }
  const written = await writer.finish();
  const read = async (name: string): Promise<string[]> => {
    const lines = (await readFile(join(folder, "data", name), "utf8")).split("\n");
    expect(lines.pop()).toBe("");
    return lines.map((line) => {
      const example = TrainingExample.parse(JSON.parse(line));
      return "text" in example ? example.text : "";
    });
  };
  expect(await readdir(join(folder, "data"))).toEqual(["held-out.jsonl", "train.jsonl"]);
  return { ...written, trainTexts: await read("train.jsonl"), heldOutTexts: await read("held-out.jsonl") };
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `Row ${index} – «x»\u2028y`);

describe("writing examples", () => {
  it("holds back about the fraction that was asked for, and loses none", async () => {
    const { train, heldOut, trainTexts, heldOutTexts } = await write(texts(5000), 0.2);
    expect(train + heldOut).toBe(5000);
    expect([trainTexts.length, heldOutTexts.length]).toEqual([train, heldOut]);
    expect(new Set([...trainTexts, ...heldOutTexts])).toEqual(new Set(texts(5000)));
    expect(heldOut / 5000).toBeGreaterThan(0.17);
    expect(heldOut / 5000).toBeLessThan(0.23);
  });

  it("puts a row on the same side whatever stands around it", async () => {
    const all = await write(texts(1000));
    const reversed = await write(texts(1200).toReversed());
    expect(reversed.heldOutTexts).toEqual(expect.arrayContaining(all.heldOutTexts));
    expect(reversed.trainTexts).toEqual(expect.arrayContaining(all.trainTexts));
  });

  it("leaves out duplicates and counts them", async () => {
    const { duplicates, train, heldOut } = await write([...texts(20), ...texts(20), "Row 0 – «x»\u2028y"]);
    expect({ duplicates, examples: train + heldOut }).toEqual({ duplicates: 21, examples: 20 });
  });

  it.each([
    ["held-out", 0.01],
    ["training", 0.5],
  ])("never leaves the %s part empty", async (_part, fraction) => {
    for (let size = 2; size < 12; size += 1) {
      const own = Array.from({ length: size }, (_, index) => `Größe ${size}/${index} 🙂`);
      const { trainTexts, heldOutTexts, train, heldOut, preview } = await write(own, fraction);
      expect([trainTexts.length, heldOutTexts.length]).toEqual([train, heldOut]);
      expect(Math.min(train, heldOut)).toBeGreaterThanOrEqual(1);
      expect([...trainTexts, ...heldOutTexts].sort()).toEqual(own.sort());
      for (const { part, completion } of preview) {
        expect(part === "train" ? trainTexts : heldOutTexts).toContain(completion);
      }
      expect(preview).toHaveLength(size);
    }
  });

  it("keeps the first examples of each part for people, shortened, with their lines", async () => {
    const { preview } = await write(["x".repeat(5000), ...texts(1999)]);
    for (const part of ["train", "held_out"] as const) {
      const shown = preview.filter((example) => example.part === part);
      expect(shown).toHaveLength(100);
      expect(shown.map(({ line }) => line)).toEqual(shown.map(({ line }) => line).sort((a, b) => a - b));
    }
    expect(preview.find(({ line }) => line === 2)?.completion).toHaveLength(2000);
    expect(preview.find(({ line }) => line === 3)?.completion).toBe(texts(1)[0]);
  });
});
