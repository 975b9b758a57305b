import { openSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createSpoolFile } from "./spool-file.ts";

const root = await mkdtemp(join(tmpdir(), "llm-tuner-spool-"));
afterAll(() => rm(root, { recursive: true }));

async function createSpool(segmentBytes = 20, onSyncFailure: (error: unknown) => void = () => undefined) {
  const directory = await mkdtemp(join(root, "spool-"));
  const file = createSpoolFile({ directory, segmentBytes, syncEveryMs: 1, onSyncFailure });
  const contents = () =>
    Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]));
  return { directory, file, contents };
}

describe("spool file", () => {
  it("has what was appended at once, and is empty when all of it is done", async () => {
    const { file, contents } = await createSpool();
    const segment = file.append("a\nb\n", 2);
    expect(contents()).toEqual({ "00000001.jsonl": "a\nb\n" });
    file.done(segment, 1);
    expect(contents()).toEqual({ "00000001.jsonl": "a\nb\n" });
    file.done(segment, 1);
    expect(contents()).toEqual({ "00000001.jsonl": "" });
    expect(file.bytes()).toBe(0);
    file.append("c\n", 1);
    expect(contents()).toEqual({ "00000001.jsonl": "c\n" });
    file.close();
  });

  it("goes on in a new segment when one is full, and removes segments in whatever order they are done", async () => {
    const { file, contents } = await createSpool(3);
    const segments = ["aaa\n", "bbb\n", "ccc\n"].map((line) => file.append(line, 1));
    expect(Object.values(contents())).toEqual(["aaa\n", "bbb\n", "ccc\n"]);
    expect(file.bytes()).toBe(12);
    for (const index of [1, 0]) {
      const segment = segments[index];
      if (segment !== undefined) file.done(segment, 1);
    }
    expect(contents()).toEqual({ "00000003.jsonl": "ccc\n" });
    file.close();
  });

  it("brings a segment to the disk that another one follows already", async () => {
    const failures: unknown[] = [];
    const { file } = await createSpool(3, (error) => failures.push(error));
    const first = file.append("aaa\n", 1);
    const working = first.descriptor;
    // What is no file cannot be brought to a disk.
    first.descriptor = openSync("/dev/null", "a");
    file.append("bbb\n", 1);
    await expect.poll(() => failures).toMatchObject([{ code: "EINVAL" }]);
    first.descriptor = working;
    file.close();
  });

  it("throws when the disk takes nothing, keeps no half line, and works again afterwards", async () => {
    const { file, contents } = await createSpool(1000);
    const segment = file.append("kept\n", 1);
    const working = segment.descriptor;
    // Always full.
    segment.descriptor = openSync("/dev/full", "a");
    expect(() => file.append("lost\n", 1)).toThrow(/ENOSPC|EINVAL/);
    segment.descriptor = working;
    file.append("next\n", 1);
    expect(contents()).toEqual({ "00000001.jsonl": "kept\nnext\n" });
    file.close();
  });
});
