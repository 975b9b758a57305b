import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartupError } from "../../config/startup-error.ts";
import { superuser, urlOfSocket } from "./cluster.ts";
import { placeOfDatabase } from "./place.ts";
import { readPostmasterFile } from "./postmaster.ts";

const pollMs = 100;

interface FindRunningPostgres {
  /** The server's data directory. */
  dataDirectory: string;
  /** A server that starts may just be making its database. */
  waitMs?: number;
}

/** Line 5 of PostgreSQL's lock file is the folder of its socket. */
async function socketDirectoryOf(cluster: string): Promise<string | undefined> {
  const file = await readPostmasterFile(cluster);
  if (file?.ready !== true) return undefined;
  return (await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n")[4];
}

/** Address of the embedded database that a server which runs has started. Only the server's own user may connect to it. */
export async function findRunningPostgres({ dataDirectory, waitMs = 30_000 }: FindRunningPostgres): Promise<string> {
  const cluster = join(await placeOfDatabase(dataDirectory), "data");
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const socketDirectory = await socketDirectoryOf(cluster).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EACCES") throw notOurs(dataDirectory, error);
      throw error;
    });
    if (socketDirectory !== undefined) return urlOfSocket(socketDirectory, superuser);
    if (performance.now() > deadlineMs) {
      throw new StartupError({
        message: `A server uses ${dataDirectory}, but its embedded database does not run.`,
        remedy: "Wait until that server has started, or stop it, and try again.",
      });
    }
    await delay(pollMs);
  }
}

const notOurs = (dataDirectory: string, cause: unknown): StartupError =>
  new StartupError({
    message: `The embedded database of ${dataDirectory} belongs to another user.`,
    remedy: "Do this as the user that runs the server, or as root when root does.",
    cause,
  });
