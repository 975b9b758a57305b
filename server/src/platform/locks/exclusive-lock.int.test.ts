import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeExclusiveLock } from "./exclusive-lock.ts";

let directory = "";
let path = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lock-"));
  path = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true }));

describe("an exclusive lock", () => {
  it("is had by one at a time", () => {
    const first = takeExclusiveLock(path);
    expect(takeExclusiveLock(path)).toBeUndefined();
    first?.release();
    const second = takeExclusiveLock(path);
    expect(second).toBeDefined();
    second?.release();
  });

  it("ends with the process that has it, however that ends", async () => {
    const holder = fork(new URL("./testing/lock-holder.ts", import.meta.url), [path]);
    const [answer] = await once(holder, "message");
    expect([answer, takeExclusiveLock(path)]).toEqual(["locked", undefined]);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const lock = takeExclusiveLock(path);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it("fails where no file can be made", () => {
    expect(() => takeExclusiveLock(join(directory, "missing", "lock"))).toThrow(/unable to open/);
  });
});
