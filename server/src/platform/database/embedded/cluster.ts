import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { StartupError } from "../../config/startup-error.ts";
import type { Log } from "../../log/log.ts";
import type { Binaries } from "./binaries.ts";
import type { DatabaseUser } from "./database-user.ts";
import { requireSpace } from "./disk-space.ts";
import { explainFailure } from "./failure.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/** The superuser of the embedded database; nobody but the server's own user of the operating system can be it. */
export const superuser = "postgres";

/** Address of a database on a cluster that listens on the socket in this folder. */
export const urlOfSocket = (socketDirectory: string, database: string): string =>
  `postgresql://${superuser}@${encodeURIComponent(socketDirectory)}/${encodeURIComponent(database)}`;

/** A folder for the database's user alone. */
export async function makePrivate(directory: string, user: DatabaseUser): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o700);
  if (user.switched) await chown(directory, user.uid, user.gid);
}

/** How a program of PostgreSQL is run: as its user, with nothing of the server's environment. */
export const runOptions = ({ uid, gid, switched }: DatabaseUser, { libraryPath }: Binaries) => ({
  ...(switched ? { uid, gid } : {}),
  cwd: "/",
  env: { LD_LIBRARY_PATH: libraryPath, PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
});

async function requireVersion(dataDirectory: string, majorVersion: number): Promise<void> {
  const version = (await readFile(join(dataDirectory, "PG_VERSION"), "utf8")).trim();
  if (Number(version) === majorVersion) return;
  throw new StartupError({
    message: `The embedded database in ${dataDirectory} was made by PostgreSQL ${version}; this version of the server has ${majorVersion}.`,
    remedy: "Start the version of the server that made it and export the data, or set DATABASE_URL.",
  });
}

interface EnsureCluster {
  place: Place;
  binaries: Binaries;
  /** False for a throw-away database: nothing is forced to the disk. */
  durable: boolean;
  log: Log;
}

/**
 * The data directory, made when there is none. It is made beside its final name and then renamed, so a crash in
 * between leaves nothing that could be taken for a database.
 */
export async function ensureCluster({ place, binaries, durable, log }: EnsureCluster): Promise<string> {
  const dataDirectory = join(place.directory, "data");
  if ((await stat(dataDirectory).catch(() => undefined)) !== undefined) {
    await requireVersion(dataDirectory, binaries.majorVersion);
    return dataDirectory;
  }
  await requireSpace(place.directory);
  const unfinished = join(place.directory, "data.unfinished");
  await rm(unfinished, { recursive: true, force: true });
  await makePrivate(unfinished, place.user);
  log.info({ dataDirectory }, "creating the embedded database");
  const args = ["-D", unfinished, "-U", superuser, "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
  const access = ["--auth-local=peer", "--auth-host=reject", "--no-instructions", ...(durable ? [] : ["--no-sync"])];
  try {
    await run(binaries.initdb, [...args, ...access], runOptions(place.user, binaries));
  } catch (error) {
    throw explainFailure({ doing: "it was created", output: error, logFile: join(place.directory, "postgres.log") });
  }
  await rename(unfinished, dataDirectory);
  return dataDirectory;
}
