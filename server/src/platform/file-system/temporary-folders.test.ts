import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { collectTemporaryFolders, inTemporaryFolder, makeTemporaryFolder } from "./temporary-folders.ts";

it("is gone when it was used, also where that failed, and nobody else looks into it", async () => {
  let folder = "";
  const failing = inTemporaryFolder(async (made) => {
    folder = made;
    await writeFile(join(made, "file"), "a");
    expect((await stat(made)).mode & 0o077).toBe(0);
    throw new Error("it failed");
  });
  await expect(failing).rejects.toThrow("it failed");
  expect(existsSync(folder)).toBe(false);
});

it("of a process that was killed is removed by the next start; those of running ones stay", async () => {
  // A process that has ended, and whose number is not in use again so soon.
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const dead = join(tmpdir(), `llm-tuner-work-${pid}-test00`);
  await mkdir(dead);
  await writeFile(join(dead, "document"), "somebody's");
  const own = await makeTemporaryFolder();
  expect(await collectTemporaryFolders()).toBeGreaterThan(0);
  expect([existsSync(dead), existsSync(own)]).toEqual([false, true]);
  await rm(own, { recursive: true });
});
