import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../log/log.ts";
import { isRunning, signalProcess, waitUntilEnded, type ProcessIdentity } from "./process-identity.ts";
import { createTrainerLauncher, type Trainer } from "./trainer.ts";
import { until } from "../testing/until.ts";

let folder: string;
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trainer-launcher-"));
});

afterEach(async () => {
  for (const identity of started.splice(0)) {
    signalProcess(identity, "SIGKILL");
    await waitUntilEnded(identity, 5000);
  }
  await rm(folder, { recursive: true });
});

/** A launcher whose Python is a shell script. */
const launcherOf = async (script: string, environment = {}): Promise<Trainer> => {
  const pythonPath = join(folder, "python");
  await writeFile(pythonPath, `#!/bin/sh\n${script}\n`);
  await chmod(pythonPath, 0o755);
  return createTrainerLauncher({
    pythonPath,
    trainerPath: folder,
    environment: { PATH: "/usr/bin:/bin", ...environment },
    log: silentLog,
  });
};

const readLog = () => readFile(join(folder, "log.txt"), "utf8");
const never = new AbortController().signal;

describe("an attached run", () => {
  it("gets the folder, a clean environment and the log as its only output", async () => {
    await writeFile(join(folder, "log.txt"), "of an earlier run\n");
    const trainer = await launcherOf(`echo "$@"; env | cut -d= -f1 | sort; echo problem >&2; exit 1`, {
      HF_TOKEN: "t",
      HOME: "/h",
      LANG: "C",
      MASTER_KEY: "secret",
      DATABASE_URL: "secret",
    });
    expect(await trainer.run(folder, { signal: never })).toEqual({ exitCode: 1, signal: null });
    const lines = (await readLog()).trim().split("\n");
    expect(lines.slice(0, 2)).toEqual(["of an earlier run", `-m llm_tuner_trainer run ${folder}`]);
    // PWD is the shell's own.
    expect(lines.slice(2).filter((name) => name !== "PWD")).toEqual([
      "HF_TOKEN",
      "HOME",
      "LANG",
      "PATH",
      "PYTHONUNBUFFERED",
      "problem",
    ]);
  });

  it("ends when it is aborted", async () => {
    const trainer = await launcherOf("echo ready; exec sleep 60");
    const controller = new AbortController();
    const run = trainer.run(folder, { signal: controller.signal });
    await until(async () => (await readLog()) === "ready\n");
    controller.abort();
    expect(await run).toEqual({ exitCode: null, signal: "SIGTERM" });
    await expect(trainer.run(folder, { signal: controller.signal })).rejects.toThrow("abort");
  });

  it("says when there is no Python", async () => {
    const trainer = createTrainerLauncher({
      pythonPath: join(folder, "missing"),
      trainerPath: folder,
      environment: {},
      log: silentLog,
    });
    const expected = { code: "trainer_not_started", status: 503 };
    await expect(trainer.run(folder, { signal: never })).rejects.toMatchObject(expected);
    await expect(trainer.startDetached("run", folder)).rejects.toMatchObject(expected);
  });
});

describe("a detached start", () => {
  it("leads a session of its own, lower in priority", async () => {
    const trainer = await launcherOf(`cut -d' ' -f6 /proc/$$/stat; exec sleep 60`);
    const identity = await trainer.startDetached("serve", folder);
    started.push(identity);
    expect(isRunning(identity)).toBe(true);
    expect(getPriority(identity.pid)).toBe(Math.min(19, getPriority() + 5));
    await until(async () => (await readLog()).trim() === String(identity.pid));
  });

  it("is found again by its folder and command", async () => {
    const trainer = await launcherOf("while :; do sleep 0.01; done");
    const identity = await trainer.startDetached("run", folder);
    started.push(identity);
    expect(trainer.findDetached("run", folder)).toEqual(identity);
    expect(trainer.findDetached("serve", folder)).toBeUndefined();
    expect(trainer.findDetached("run", `${folder}/other`)).toBeUndefined();
  });

  it("has an identity even when it ends at once", async () => {
    const trainer = await launcherOf("exit 0");
    const identity = await trainer.startDetached("run", folder);
    await until(() => !isRunning(identity));
    expect(identity.pid).toBeGreaterThan(1);
  });
});
