import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../log/log.ts";
import type { Binaries } from "./binaries.ts";
import { runOptions } from "./cluster.ts";
import { explainFailure } from "./failure.ts";
import type { Place } from "./place.ts";
import { readPostmasterFile } from "./postmaster.ts";

export interface PostgresProcess {
  place: Place;
  binaries: Binaries;
  dataDirectory: string;
  socketDirectory: string;
  durable: boolean;
  log: Log;
}

const logFileBytes = 10_000_000;
const pollMs = 5;
/** Recovery after a crash replays what was written since the last checkpoint: seconds, on a slow disk minutes. */
const readyTimeoutMs = 300_000;
const otherBackendsTimeoutMs = 10_000;

const logFileOf = (place: Place): string => join(place.directory, "postgres.log");

const settings = ({ place, socketDirectory, durable }: PostgresProcess): Record<string, string> => ({
  // No network at all: the only door is the socket in a private folder, and its only key is the server's own user.
  listen_addresses: "",
  unix_socket_directories: socketDirectory,
  unix_socket_permissions: "0700",
  hba_file: join(place.directory, "pg_hba.conf"),
  ident_file: join(place.directory, "pg_ident.conf"),
  max_connections: "100",
  jit: "off",
  // Statements that fail are the program's to report; here they would put people's data into a second log.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  ...(durable ? { fsync: "on", full_page_writes: "on", synchronous_commit: "on" } : {}),
  ...(durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
});

async function openLog(path: string) {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > logFileBytes) await rename(path, `${path}.1`);
  return { file: await open(path, "a", 0o600), from: size > logFileBytes ? 0 : size };
}

async function spawnOnce(options: PostgresProcess): Promise<{ child: ChildProcess; said: () => Promise<string> }> {
  const { place, binaries, dataDirectory } = options;
  const logFile = logFileOf(place);
  const { file, from } = await openLog(logFile);
  // The file may name a process that is gone, or whose number somebody else has by now; that it is not a PostgreSQL
  // on this folder has been proved. This variable tells PostgreSQL so, and it still looks for sessions that live on.
  const stale = await readPostmasterFile(dataDirectory);
  const { env, ...rest } = runOptions(place.user, binaries);
  const args = Object.entries(settings(options)).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  try {
    const child = spawn(binaries.postgres, ["-D", dataDirectory, ...args], {
      ...rest,
      env: stale === undefined ? env : { ...env, PG_GRANDPARENT_PID: String(stale.pid) },
      // In a session of its own: Ctrl-C at the terminal is for the server, which stops its database last.
      detached: true,
      stdio: ["ignore", file.fd, file.fd],
    });
    await once(child, "spawn");
    return { child, said: async () => (await readFile(logFile)).subarray(from).toString() };
  } catch (error) {
    throw explainFailure({ doing: "it was started", output: error, logFile });
  } finally {
    await file.close();
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function becomesReady(child: ChildProcess, dataDirectory: string): Promise<boolean> {
  const deadline = performance.now() + readyTimeoutMs;
  while (!hasEnded(child) && performance.now() < deadline) {
    const file = await readPostmasterFile(dataDirectory);
    if (file?.pid === child.pid && file?.ready === true) return true;
    await delay(pollMs);
  }
  return false;
}

/** Starts PostgreSQL and resolves when it takes connections. */
export async function startPostgres(options: PostgresProcess): Promise<ChildProcess> {
  const deadline = performance.now() + otherBackendsTimeoutMs;
  for (;;) {
    const { child, said } = await spawnOnce(options);
    if (await becomesReady(child, options.dataDirectory)) return child;
    child.kill("SIGQUIT");
    const output = await said();
    // Sessions of a killed server need a moment to notice that it is gone.
    if (!output.includes("shared memory block") || performance.now() > deadline) {
      throw explainFailure({ doing: "it was started", output, logFile: logFileOf(options.place) });
    }
    await delay(100);
  }
}

/** Ends sessions, writes everything down and resolves when the process is gone. */
export async function stopPostgres(child: ChildProcess, log: Log): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, "exit");
  child.kill("SIGINT");
  const hurry = setTimeout(() => {
    log.warn({ pid: child.pid }, "the database does not stop in time and is ended; it recovers at the next start");
    child.kill("SIGQUIT");
  }, 20_000);
  await exit;
  clearTimeout(hurry);
}
