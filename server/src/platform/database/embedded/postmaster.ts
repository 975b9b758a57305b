import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartupError } from "../../config/startup-error.ts";
import type { Log } from "../../log/log.ts";

/** What PostgreSQL writes into `postmaster.pid`, its lock on a data directory. */
interface PostmasterFile {
  pid: number;
  ready: boolean;
}

const pollMs = 10;

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  });

/** Line 1 is the process id, line 8 the state; undefined while there is no file or it is not written completely. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | undefined> {
  const lines = (await readText(join(dataDirectory, "postmaster.pid")))?.split("\n");
  const pid = Number(lines?.[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines?.[7]?.trim() === "ready" } : undefined;
}

/**
 * Whether the process is a PostgreSQL server on this very data directory. A process id alone proves nothing: after a
 * crash or a reboot it may be anybody's. A zombie has no command line any more and counts as gone.
 */
async function servesDirectory(pid: number, dataDirectory: string): Promise<boolean> {
  const [program, ...rest] = (await readText(`/proc/${pid}/cmdline`))?.split("\0") ?? [];
  return program !== undefined && basename(program) === "postgres" && rest[rest.indexOf("-D") + 1] === dataDirectory;
}

async function ends(pid: number, dataDirectory: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await servesDirectory(pid, dataDirectory)) {
    if (performance.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}

/**
 * A server that was killed leaves its PostgreSQL running. Whoever holds our lock on the place knows that no other
 * server uses it, so the orphan is asked to stop, with its process id proved. Its `postmaster.pid` is never removed.
 */
export async function stopOrphan(dataDirectory: string, log: Log): Promise<void> {
  const file = await readPostmasterFile(dataDirectory);
  if (file === undefined || !(await servesDirectory(file.pid, dataDirectory))) return;
  log.warn({ pid: file.pid }, "stopping the database that an earlier server left running");
  // SIGINT ends sessions and writes everything down; SIGQUIT leaves the rest to the recovery at the next start.
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    if (await servesDirectory(file.pid, dataDirectory)) process.kill(file.pid, signal);
    if (await ends(file.pid, dataDirectory, 20_000)) return;
  }
  throw new StartupError({
    message: `The database that an earlier server left running (process ${file.pid}) does not stop.`,
    remedy: `Look at that process, end it, and start the server again.`,
  });
}
