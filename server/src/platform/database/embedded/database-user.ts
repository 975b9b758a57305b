import { execFile } from "node:child_process";
import { realpath, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { StartupError } from "../../config/startup-error.ts";

const run = promisify(execFile);

/** The user of the operating system that PostgreSQL runs as: it refuses to be root. */
export interface DatabaseUser {
  uid: number;
  gid: number;
  /** The server is root and starts PostgreSQL as somebody else. */
  switched: boolean;
}

async function numberOf(flag: "-u" | "-g", name: string): Promise<number> {
  try {
    return Number((await run("id", [flag, name])).stdout);
  } catch (cause) {
    throw new StartupError({
      message: `The embedded database needs the user "${name}", which this machine does not have.`,
      remedy:
        "Set EMBEDDED_POSTGRES_USER to an unprivileged user that exists, or DATABASE_URL to use a PostgreSQL of your own.",
      cause,
    });
  }
}

/** The name of the user that runs the server, by which PostgreSQL knows who may connect. */
export function serverUserName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new StartupError({
      message: "The embedded database cannot run as a user without a name.",
      remedy: "Start the server as a user that has an entry in /etc/passwd, or set DATABASE_URL.",
      cause,
    });
  }
}

/** An ordinary user runs PostgreSQL itself; root takes the named unprivileged user. */
export async function resolveDatabaseUser(unprivilegedName: string): Promise<DatabaseUser> {
  serverUserName();
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid !== 0) return { uid, gid, switched: false };
  const user = { uid: await numberOf("-u", unprivilegedName), gid: await numberOf("-g", unprivilegedName) };
  if (user.uid === 0) {
    throw new StartupError({
      message: "PostgreSQL refuses to run as root.",
      remedy: "Set EMBEDDED_POSTGRES_USER to an unprivileged user such as nobody.",
    });
  }
  return { ...user, switched: true };
}

interface Rights {
  uid: number;
  gid: number;
  mode: number;
}

const may = (user: DatabaseUser, { uid, gid, mode }: Rights, right: 1 | 4): boolean => {
  if (uid === user.uid) return (mode & (right << 6)) !== 0;
  if (gid === user.gid) return (mode & (right << 3)) !== 0;
  return (mode & right) !== 0;
};

/** The outermost folder on the way into `directory` that the user may not enter, or undefined when the way is free. */
export async function closedFolder(directory: string, user: DatabaseUser): Promise<string | undefined> {
  const path = await realpath(directory);
  const above = dirname(path);
  const closed = above === path ? undefined : await closedFolder(above, user);
  return closed ?? (may(user, await stat(path), 1) ? undefined : path);
}

export const mayRead = async (file: string, user: DatabaseUser): Promise<boolean> =>
  (await closedFolder(dirname(file), user)) === undefined && may(user, await stat(file), 4);
