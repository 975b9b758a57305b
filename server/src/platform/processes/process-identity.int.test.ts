import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import {
  identityOf,
  isRunning,
  signalProcess,
  stopProcess,
  waitUntilEnded,
  type ProcessIdentity,
} from "./process-identity.ts";
import { procTable, psTable } from "./process-table.ts";
import { until } from "../testing/until.ts";

/** A slim container has no ps, and being Linux needs none. */
const hasPs = existsSync("/bin/ps");

const children: ChildProcess[] = [];

/** A process that leads its own group, as the trainer does; resolves with the first word that its script prints. */
const startShell = async (
  script: string,
): Promise<{ child: ChildProcess; identity: ProcessIdentity; printed: string }> => {
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [printed] = await once(child.stdout, "data");
  const identity = identityOf(child.pid ?? 0);
  if (!identity) throw new Error("the shell has no identity");
  return { child, identity, printed: String(printed).trim() };
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("the identity of a process", () => {
  it("holds while the process runs and no longer", async () => {
    const { child, identity } = await startShell("echo ready; exec sleep 60");
    expect(isRunning(identity)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isRunning(identity)).toBe(false);
    expect(identityOf(identity.pid)).toBeUndefined();
    expect(signalProcess(identity, "SIGTERM")).toBe(false);
  });

  it("does not fit another process with the same pid, nor the same pid of another boot", async () => {
    const { identity } = await startShell("echo ready; exec sleep 60");
    for (const stale of [
      { ...identity, startTicks: identity.startTicks - 1 },
      { ...identity, bootId: "another" },
    ]) {
      expect(isRunning(stale)).toBe(false);
      expect(signalProcess(stale, "SIGKILL")).toBe(false);
      await stopProcess(stale, 0);
    }
    expect(isRunning(identity)).toBe(true);
  });

  it("ends with the process, also when nobody collects it", async () => {
    // After the exec nobody waits for the first sleep, so that it stays a zombie.
    const { printed } = await startShell("sleep 0 & echo $!; exec sleep 60");
    const pid = Number(printed);
    await until(() => procTable.lookUp(pid)?.isZombie);
    expect(identityOf(pid)).toBeUndefined();
    const tables = hasPs ? [procTable, psTable] : [procTable];
    expect(tables.map((table) => table.lookUp(pid)?.isZombie)).toEqual(tables.map(() => true));
  });
});

describe("stopping a process", () => {
  it("leaves it the time to end by itself", async () => {
    const { child, identity } = await startShell("trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done");
    const ended = once(child, "exit");
    await stopProcess(identity, 10_000);
    expect(await ended).toEqual([3, null]);
  });

  it("makes an unwilling one end, with its whole group", async () => {
    const { child, identity, printed } = await startShell(
      "trap '' TERM; sleep 60 & echo $!; while :; do sleep 0.01; done",
    );
    const ended = once(child, "exit");
    await stopProcess(identity, 0);
    expect(await ended).toEqual([null, "SIGKILL"]);
    await until(() => identityOf(Number(printed)) === undefined);
  });

  it("says when the time to wait is over", async () => {
    const { identity } = await startShell("echo ready; exec sleep 60");
    expect(await waitUntilEnded(identity, 0)).toBe(false);
  });
});

describe.each([{ name: "/proc", table: procTable }, ...(hasPs ? [{ name: "ps", table: psTable }] : [])])(
  "the process table of $name",
  ({ table }) => {
    it("gives a running process the same start time at each look, and none to a pid that is free", async () => {
      const { child, identity } = await startShell("echo ready; exec sleep 60");
      const first = table.lookUp(identity.pid);
      expect(first?.isZombie).toBe(false);
      expect(first?.startTicks).toBeGreaterThan(0);
      expect(table.lookUp(identity.pid)).toEqual(first);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(table.lookUp(identity.pid)).toBeUndefined();
    });

    it("finds a process by the end of its command line", async () => {
      const { identity } = await startShell("echo ready; exec sleep 61.5 0.25");
      await until(() => table.withLastArguments(["61.5", "0.25"]).length > 0);
      expect(table.withLastArguments(["61.5", "0.25"])).toEqual([identity.pid]);
      expect(table.withLastArguments(["61.5"])).toEqual([]);
    });
  },
);
