import type { ChildProcess } from "node:child_process";
import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartupError } from "../../config/startup-error.ts";
import { takeExclusiveLock } from "../../locks/exclusive-lock.ts";
import type { Log } from "../../log/log.ts";
import { prepareBinaries } from "./binaries.ts";
import { ensureCluster, makePrivate, superuser, urlOfSocket } from "./cluster.ts";
import { resolveDatabaseUser, serverUserName } from "./database-user.ts";
import { choosePlace, fitsSocket, type Place } from "./place.ts";
import { type PostgresProcess, startPostgres, stopPostgres } from "./postgres-process.ts";
import { stopOrphan } from "./postmaster.ts";

export interface EmbeddedPostgresOptions {
  /** The server's data directory, which must exist; the database takes the folder `postgres` in it. */
  dataDirectory: string;
  /** Whom PostgreSQL runs as when the server is root. */
  unprivilegedUser: string;
  log: Log;
  /** Called when PostgreSQL ends by itself again and again, so that the server cannot work any more. */
  onLost?: (error: unknown) => void;
  /** False for a throw-away database in tests. */
  durable?: boolean;
  fallbackDirectory?: string;
  packageDirectory?: string;
}

export interface EmbeddedPostgres {
  /** Address of one of its databases; `postgres` exists from the start. */
  url(databaseName?: string): string;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const maxRestarts = 5;
const restartWindowMs = 60_000;

/** The kernel says who is at the other end of the socket; only the user that runs the server is let in. */
async function writeAccessRules({ directory }: Place): Promise<void> {
  const name = serverUserName().replaceAll('"', '""');
  const files = {
    "pg_hba.conf": "local all all peer map=server\n",
    "pg_ident.conf": `server "${name}" ${superuser}\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(directory, file), text);
    await chmod(join(directory, file), 0o644);
  }
}

/** A private folder for the socket, new at each start: beside the data, or in /tmp when that path is too long. */
async function makeSocketDirectory({ directory, user }: Place): Promise<string> {
  const beside = join(directory, "socket");
  await rm(beside, { recursive: true, force: true });
  const chosen = fitsSocket(beside) ? beside : await mkdtemp("/tmp/llm-tuner-");
  await makePrivate(chosen, user);
  return chosen;
}

/** Restarts PostgreSQL when it ends by itself, such as by the kernel's out-of-memory killer; gives up when it keeps ending. */
function supervise(options: PostgresProcess, first: ChildProcess, onLost: (error: unknown) => void) {
  const { log } = options;
  let child = first;
  let stopping = false;
  let starting: Promise<void> | undefined;
  let restarts: number[] = [];

  async function restart(): Promise<void> {
    restarts = [...restarts.filter((at) => at > performance.now() - restartWindowMs), performance.now()];
    if (restarts.length > maxRestarts)
      throw new Error(`The embedded database ended ${restarts.length} times in a minute.`);
    child = await startPostgres(options);
    watch();
    log.warn({ pid: child.pid }, "the embedded database runs again");
  }

  function watch(): void {
    child.once("exit", (exitCode, signal) => {
      if (stopping) return;
      log.error({ exitCode, signal }, "the embedded database ended by itself");
      starting = restart().catch(onLost);
    });
  }

  watch();
  return {
    pid: () => child.pid,
    async stop() {
      stopping = true;
      await starting;
      await stopPostgres(child, log);
    },
  };
}

/**
 * Starts the PostgreSQL that belongs to a data directory, creating it when it is new, and stopping first what a killed
 * server left running. It listens on a socket that only the server's own user can use.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { unprivilegedUser, log, durable = true, fallbackDirectory = "/var/lib/llm-tuner" } = options;
  const dataDirectory = await realpath(options.dataDirectory);
  const place = await choosePlace({
    dataDirectory,
    user: await resolveDatabaseUser(unprivilegedUser),
    fallbackDirectory,
    log,
  });
  const lock = takeExclusiveLock(join(place.directory, "lock"));
  if (lock === undefined) {
    throw new StartupError({
      message: `Another server uses the embedded database in ${place.directory}.`,
      remedy: "Stop that server, or set DATA_DIR to another folder.",
    });
  }
  try {
    const { packageDirectory } = options;
    const binaries = await prepareBinaries({
      directory: place.directory,
      user: place.user,
      log,
      ...(packageDirectory === undefined ? {} : { packageDirectory }),
    });
    const cluster = await realpath(await ensureCluster({ place, binaries, durable, log }));
    await stopOrphan(cluster, log);
    await writeAccessRules(place);
    const socketDirectory = await makeSocketDirectory(place);
    const process = { place, binaries, dataDirectory: cluster, socketDirectory, durable, log };
    const onLost = options.onLost ?? ((error) => log.error({ error }, "the embedded database is lost"));
    const running = supervise(process, await startPostgres(process), onLost);
    return {
      url: (name = superuser) => urlOfSocket(socketDirectory, name),
      get pid() {
        return running.pid();
      },
      async stop() {
        await running.stop();
        await rm(socketDirectory, { recursive: true, force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
