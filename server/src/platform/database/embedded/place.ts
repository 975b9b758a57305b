import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StartupError } from "../../config/startup-error.ts";
import type { Log } from "../../log/log.ts";
import { closedFolder, type DatabaseUser } from "./database-user.ts";

/** Where the embedded database keeps what belongs to it. */
export interface Place {
  directory: string;
  user: DatabaseUser;
}

interface ChoosePlace {
  dataDirectory: string;
  user: DatabaseUser;
  /** Used when the database's user cannot enter the data directory. */
  fallbackDirectory: string;
  log: Log;
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

/** File beside a database that lies elsewhere; it says to which data directory that belongs. */
const owner = "belongs-to";

/** A database that exists keeps its owner, also when the server is started by root now and was not before. */
async function ownerOf(directory: string, user: DatabaseUser): Promise<DatabaseUser> {
  const { uid, gid } = await stat(join(directory, "data"));
  if (user.switched ? uid !== 0 : uid === user.uid) return { uid, gid, switched: user.switched };
  throw new StartupError({
    message: `The embedded database in ${directory} belongs to another user (${uid}) than the one that would run it (${user.uid}).`,
    remedy: "Start the server as the user that created it, or as root.",
  });
}

async function choose({ dataDirectory, user, fallbackDirectory, log }: ChoosePlace, record: string): Promise<string> {
  const closed = await closedFolder(dataDirectory, user);
  if (closed === undefined) return usualIn(dataDirectory);
  const key = createHash("sha256")
    .update(await realpath(dataDirectory))
    .digest("hex")
    .slice(0, 16);
  const directory = join(fallbackDirectory, key);
  log.warn(
    { closed, directory, uid: user.uid },
    "the embedded database is kept outside the data directory, which its unprivileged user cannot enter",
  );
  await makeOpen(directory);
  await writeFile(join(directory, owner), `${dataDirectory}\n`);
  // Written before anything is made there: from now on this is the place, even when the folder is opened one day.
  await writeFile(`${record}.unfinished`, directory);
  await rename(`${record}.unfinished`, record);
  return directory;
}

/** Made by root, a folder on the way must be entered by the database's user; the data in it is for that user alone. */
async function makeOpen(directory: string): Promise<void> {
  if (await exists(directory)) return;
  try {
    const first = (await mkdir(directory, { recursive: true })) ?? directory;
    // Whatever was made on the way as well, up to the first folder that was missing.
    for (let path = directory; path.length >= first.length; path = dirname(path)) await chmod(path, 0o711);
  } catch (cause) {
    throw new StartupError({
      message: `The folder ${directory} for the embedded database cannot be made.`,
      remedy:
        "Set DATA_DIR to a folder that the server may write and that its unprivileged user may enter, such as /srv/llm-tuner.",
      cause,
    });
  }
}

/** Where the record says that the database is. Never an empty folder instead of one that went missing. */
async function readRecord(record: string): Promise<string | undefined> {
  if (!(await exists(record))) return undefined;
  const directory = (await readFile(record, "utf8")).trim();
  if (await exists(join(directory, owner))) return directory;
  throw new StartupError({
    message: `The embedded database was kept in ${directory}, which is not there any more.`,
    remedy: `Bring that folder back, or delete ${record} to begin with an empty database.`,
  });
}

const recordIn = (dataDirectory: string): string => join(dataDirectory, "postgres.location");
const usualIn = (dataDirectory: string): string => join(dataDirectory, "postgres");

/** Where the database of a server lies that has made one. */
export const placeOfDatabase = async (dataDirectory: string): Promise<string> =>
  (await readRecord(recordIn(dataDirectory))) ?? usualIn(dataDirectory);

/** The folder of the embedded database: the same at every start, however the rights of other folders change. */
export async function choosePlace(options: ChoosePlace): Promise<Place> {
  const { dataDirectory, user } = options;
  const record = recordIn(dataDirectory);
  const usual = usualIn(dataDirectory);
  const directory =
    (await readRecord(record)) ?? ((await exists(join(usual, "data"))) ? usual : await choose(options, record));
  await makeOpen(directory);
  const place = { directory, user: (await exists(join(directory, "data"))) ? await ownerOf(directory, user) : user };
  const closed = await closedFolder(directory, place.user);
  if (closed !== undefined) {
    throw new StartupError({
      message: `The embedded database lies in ${directory}, but its user (${place.user.uid}) may not enter ${closed}.`,
      remedy: `Allow it with: chmod o+x ${closed}`,
    });
  }
  return place;
}

/** Linux takes at most 107 bytes for the path of a socket; PostgreSQL appends its name to the folder. */
export const fitsSocket = (directory: string): boolean => Buffer.byteLength(join(directory, ".s.PGSQL.5432")) <= 107;
