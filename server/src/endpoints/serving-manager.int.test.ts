import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { identityOf } from "../platform/processes/process-identity.ts";
import { type MovableClock, createMovableClock } from "../platform/testing/movable-clock.ts";
import type { EndpointsConfig } from "./endpoints.config.ts";
import type { ServableBaseModel } from "./ports.ts";
import { type ServingLease, ServingManager } from "./serving-manager.ts";
import type { ServingTarget } from "./serving-process.ts";
import { type ScriptedTrainer, createScriptedTrainer, testConfig } from "./testing/scripted-trainer.ts";
import { until } from "../platform/testing/until.ts";

const never = new AbortController().signal;
let scripted: ScriptedTrainer;
let clock: MovableClock;
const managers: ServingManager[] = [];

beforeEach(async () => {
  scripted = await createScriptedTrainer();
  clock = createMovableClock();
});

afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.stop()));
  await scripted.remove();
});

const createManager = (changes: Partial<EndpointsConfig> = {}): ServingManager => {
  const { trainer, servingRoot } = scripted;
  const manager = new ServingManager({ trainer, servingRoot, config: testConfig(changes), log: silentLog }, clock);
  managers.push(manager);
  return manager;
};

const targetOf = (baseModel: ServableBaseModel): ServingTarget => ({
  key: baseModel.name,
  model: baseModel.name,
  baseModel,
  artefact: null,
  idleTimeoutMs: 60_000,
});

const statusOf = async ({ origin, token }: ServingLease, path = "/health"): Promise<number> =>
  (await fetch(new URL(path, origin), { headers: { authorization: `Bearer ${token}` } })).status;

const isRunning = (pid: number): boolean => identityOf(pid) !== undefined;

/** A moment later means: only after everything that can happen without a release has happened. */
const isPending = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol("pending");
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) === pending;
};

describe("the first use of a model", () => {
  it("starts one worker, which all that ask meanwhile share", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    expect(manager.state("one")).toEqual({ status: "idle", error: null });

    const leases = Promise.all(Array.from({ length: 5 }, () => manager.acquire(targetOf(base), never)));
    expect(manager.state("one").status).toBe("starting");
    const [first, ...others] = await leases;

    expect(await scripted.starts(base)).toHaveLength(1);
    expect(new Set(others.map(({ origin }) => origin.href))).toEqual(new Set([first?.origin.href]));
    expect(manager.state("one").status).toBe("running");
  });

  it("gives a worker that answers to its token alone, read from a file for the owner alone", async () => {
    const lease = await createManager().acquire(targetOf(await scripted.baseModel("one")), never);
    expect(await statusOf(lease)).toBe(200);
    expect(await statusOf({ ...lease, token: "other" })).toBe(401);
    const [folder = ""] = await scripted.servingFolders();
    expect((await stat(join(scripted.servingRoot, folder, "serve.json"))).mode & 0o077).toBe(0);
  });

  it("lets a request give up without ending the start for the others", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    const client = new AbortController();
    const abandoned = manager.acquire(targetOf(base), client.signal);
    const patient = manager.acquire(targetOf(base), never);
    client.abort(new Error("the client went away"));
    await expect(abandoned).rejects.toThrow("the client went away");
    expect(await statusOf(await patient)).toBe(200);
  });
});

describe("a start that fails", () => {
  it("is told with the last lines of the log, leaves nothing, and is tried again", async () => {
    const base = await scripted.baseModel("one", { failure: "config.json: unknown architecture" });
    const manager = createManager();

    const error = await manager.acquire(targetOf(base), never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: "model_unavailable" });
    expect(String(error)).toContain(
      "The model one could not be loaded.\nreading weights\nconfig.json: unknown architecture",
    );
    expect(manager.state("one")).toMatchObject({
      status: "failed",
      error: expect.stringContaining("unknown architecture"),
    });
    expect(await scripted.servingFolders()).toEqual([]);

    await scripted.rewrite(base, {});
    expect(await statusOf(await manager.acquire(targetOf(base), never))).toBe(200);
    expect(manager.state("one")).toEqual({ status: "running", error: null });
  });

  it("is ended when the worker is not ready in time", async () => {
    const base = await scripted.baseModel("one", { neverReady: true });
    const manager = createManager({ servingStartTimeoutSeconds: 0.5 });
    await expect(manager.acquire(targetOf(base), never)).rejects.toThrow("The model one was not ready after 0.5 s.");
    expect((await scripted.starts(base)).some(isRunning)).toBe(false);
  });

  it("is not a start that succeeded although the health check says no", async () => {
    const base = await scripted.baseModel("one", { healthStatus: 500 });
    await expect(createManager().acquire(targetOf(base), never)).rejects.toThrow(
      "The model one answers to its health check with status 500.",
    );
    expect((await scripted.starts(base)).some(isRunning)).toBe(false);
  });

  it("is told in one sentence when not even a folder can be made for it", async () => {
    const base = await scripted.baseModel("one");
    await writeFile(scripted.servingRoot, "a file where the folder should be");
    await expect(createManager().acquire(targetOf(base), never)).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining("The model one could not be started: "),
    });
  });

  it("gives its place in memory back", async () => {
    const broken = await scripted.baseModel("broken", { failure: "no" });
    const sound = await scripted.baseModel("sound");
    const manager = createManager({ maxServingProcesses: 1, servingWaitSeconds: 0 });
    await expect(manager.acquire(targetOf(broken), never)).rejects.toThrow("could not be loaded");
    expect(await statusOf(await manager.acquire(targetOf(sound), never))).toBe(200);
  });
});

describe("a model without requests", () => {
  it("is stopped after its timeout, counted from the last release", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    const lease = await manager.acquire(targetOf(base), never);
    const [pid = 0] = await scripted.starts(base);

    clock.advance(120_000);
    await manager.sweep();
    expect(isRunning(pid), "in use").toBe(true);

    lease.release();
    clock.advance(59_999);
    await manager.sweep();
    expect(isRunning(pid), "before the timeout").toBe(true);

    clock.advance(1);
    await manager.sweep();
    expect(isRunning(pid)).toBe(false);
    expect(manager.state("one")).toEqual({ status: "idle", error: null });
    expect(await scripted.servingFolders()).toEqual([]);
  });

  it("stays while one of two users is left, however often the other releases", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    const [first] = await Promise.all([manager.acquire(targetOf(base), never), manager.acquire(targetOf(base), never)]);
    first.release();
    first.release();
    clock.advance(60_000);
    await manager.sweep();
    expect(manager.state("one").status).toBe("running");
  });
});

describe("places in memory", () => {
  it("goes to the model that is wanted from the one that has been idle longest", async () => {
    const [oldest, middle, wanted] = await Promise.all(["a", "b", "c"].map((name) => scripted.baseModel(name)));
    if (!oldest || !middle || !wanted) throw new Error("three models were made");
    const manager = createManager({ maxServingProcesses: 2 });
    (await manager.acquire(targetOf(oldest), never)).release();
    clock.advance(1000);
    (await manager.acquire(targetOf(middle), never)).release();

    await manager.acquire(targetOf(wanted), never);
    expect(["a", "b", "c"].map((key) => manager.state(key).status)).toEqual(["idle", "running", "running"]);
  });

  it("is never taken from a model in use: the request waits for a release", async () => {
    const [used, wanted] = await Promise.all(["a", "b"].map((name) => scripted.baseModel(name)));
    if (!used || !wanted) throw new Error("two models were made");
    const manager = createManager({ maxServingProcesses: 1 });
    const lease = await manager.acquire(targetOf(used), never);
    const waiting = manager.acquire(targetOf(wanted), never);
    expect(await isPending(waiting)).toBe(true);
    expect(await scripted.starts(wanted)).toEqual([]);
    expect(await statusOf(lease)).toBe(200);

    lease.release();
    expect(await statusOf(await waiting)).toBe(200);
    expect(manager.state("a").status).toBe("idle");
  });

  it("ends in a 503 that says when to try again, and is no failure of the model", async () => {
    const [used, wanted] = await Promise.all(["a", "b"].map((name) => scripted.baseModel(name)));
    if (!used || !wanted) throw new Error("two models were made");
    const manager = createManager({ maxServingProcesses: 1, servingWaitSeconds: 0 });
    await manager.acquire(targetOf(used), never);
    await expect(manager.acquire(targetOf(wanted), never)).rejects.toMatchObject({
      status: 503,
      code: "model_unavailable",
      headers: { "retry-after": "5" },
    });
    expect(manager.state("b")).toEqual({ status: "idle", error: null });
    expect(await scripted.starts(wanted)).toEqual([]);
  });
});

describe("a request that waits for a place", () => {
  it("gives its place in line up when its model is taken down", async () => {
    const [used, wanted] = await Promise.all(["a", "b"].map((name) => scripted.baseModel(name)));
    if (!used || !wanted) throw new Error("two models were made");
    const manager = createManager({ maxServingProcesses: 1 });
    const lease = await manager.acquire(targetOf(used), never);
    const refusal = manager.acquire(targetOf(wanted), never).catch((error: unknown) => error);
    await manager.end("b");
    expect(await refusal).toMatchObject({ status: 503 });
    lease.release();
    expect(["a", "b"].map((key) => manager.state(key).status)).toEqual(["running", "idle"]);
    expect(await scripted.starts(wanted)).toEqual([]);
  });
});

describe("a worker that dies", () => {
  it("is replaced by the next request", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    const lease = await manager.acquire(targetOf(base), never);
    const [pid = 0] = await scripted.starts(base);
    process.kill(pid, "SIGKILL");
    await until(() => !isRunning(pid));

    const replacement = await manager.acquire(targetOf(base), never);
    lease.release();
    expect(await statusOf(replacement)).toBe(200);
    expect(await scripted.starts(base)).toHaveLength(2);
    expect(await scripted.servingFolders()).toHaveLength(1);
  });

  it("is noticed without a request, and its state says so", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager();
    (await manager.acquire(targetOf(base), never)).release();
    const [pid = 0] = await scripted.starts(base);
    process.kill(pid, "SIGKILL");
    await until(() => !isRunning(pid));
    await manager.sweep();
    expect(manager.state("one")).toEqual({
      status: "failed",
      error: expect.stringContaining("The serving process ended unexpectedly."),
    });
  });
});

describe("taking down", () => {
  it("ends a worker that is still starting, and tells those who wait", async () => {
    const base = await scripted.baseModel("one", { neverReady: true });
    const manager = createManager();
    const waiting = manager.acquire(targetOf(base), never);
    const refusal = waiting.catch((error: unknown) => error);
    await until(async () => (await scripted.starts(base)).length === 1);
    await manager.end("one");
    expect(await refusal).toMatchObject({ status: 503, message: "The model one is being taken down." });
    expect((await scripted.starts(base)).some(isRunning)).toBe(false);
    expect(await scripted.servingFolders()).toEqual([]);
  });

  it("lets a request that comes meanwhile start a new worker when the old one has gone", async () => {
    const base = await scripted.baseModel("one");
    const manager = createManager({ maxServingProcesses: 1 });
    (await manager.acquire(targetOf(base), never)).release();
    const [, lease] = await Promise.all([manager.end("one"), manager.acquire(targetOf(base), never)]);
    expect(await statusOf(lease)).toBe(200);
    const [first = 0, second = 0] = await scripted.starts(base);
    expect([isRunning(first), isRunning(second)]).toEqual([false, true]);
  });

  it("ends everything at shutdown, and starts nothing afterwards", async () => {
    const [one, two] = await Promise.all(["a", "b"].map((name) => scripted.baseModel(name)));
    if (!one || !two) throw new Error("two models were made");
    const manager = createManager();
    await Promise.all([manager.acquire(targetOf(one), never), manager.acquire(targetOf(two), never)]);
    await manager.stop();
    const pids = [...(await scripted.starts(one)), ...(await scripted.starts(two))];
    expect(pids.map(isRunning)).toEqual([false, false]);
    expect(await scripted.servingFolders()).toEqual([]);
    await expect(manager.acquire(targetOf(one), never)).rejects.toMatchObject({ status: 503 });
  });
});

describe("what a killed server left", () => {
  it("is ended and cleared away at the next start; workers of a living server are left alone", async () => {
    const orphaned = await scripted.baseModel("orphaned", { outlivesServer: true, ignoresSigterm: true });
    const living = await scripted.baseModel("living");
    const other = createManager();
    await other.acquire(targetOf(living), never);
    const [livingPid = 0] = await scripted.starts(living);

    const killedServer = fileURLToPath(new URL("testing/serve-and-be-killed.ts", import.meta.url));
    const server = spawn(process.execPath, [killedServer, scripted.dataDir, JSON.stringify(targetOf(orphaned))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(server.stdout, "data");
    server.kill("SIGKILL");
    await once(server, "exit");
    const [orphanPid = 0] = await scripted.starts(orphaned);
    expect(isRunning(orphanPid)).toBe(true);

    await createManager().start();
    expect([isRunning(orphanPid), isRunning(livingPid)]).toEqual([false, true]);
    expect(await scripted.servingFolders()).toHaveLength(1);
  });
});
