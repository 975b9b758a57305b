import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { processTable } from "./process-table.ts";

/**
 * One process for good. A pid alone is given to another process some time after the first has ended; together with the
 * start time and the boot it is unique, so that it can be stored and looked up after a restart of the server.
 */
export const ProcessIdentity = z.strictObject({ pid: z.int().min(2), startTicks: z.number(), bootId: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** The identity of the process that holds `pid` now; undefined when there is none or it has ended. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const entry = processTable.lookUp(pid);
  if (!entry || entry.isZombie) return undefined;
  return { pid, startTicks: entry.startTicks, bootId: processTable.bootId() };
}

/** Whether this very process still runs; one that has ended and is not yet collected does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const current = identityOf(identity.pid);
  return current?.startTicks === identity.startTicks && current.bootId === identity.bootId;
}

/**
 * Signals the process and everything in its group (a detached process leads its own). Returns whether it was there:
 * another process that has got the same pid is never touched.
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(-identity.pid, signal);
    return true;
  } catch (error) {
    // It ended between the look and the signal.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

const pollMs = 50;

/** Waits until the process has ended; false when it still runs after `timeoutMs`. */
export async function waitUntilEnded(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}

/** Asks the process to end, and after `graceMs` makes it end. Resolves when it is gone. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!signalProcess(identity, "SIGTERM")) return;
  if (await waitUntilEnded(identity, graceMs)) return;
  signalProcess(identity, "SIGKILL");
  await waitUntilEnded(identity, Number.POSITIVE_INFINITY);
}
