import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { chmod, chown, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StartupError } from "../platform/config/startup-error.ts";

const keyBytes = 32;

export const masterKeyPath = (dataDir: string): string => join(dataDir, "secrets", "master.key");

/** One key a line, the present one first, then those that only decrypt; undefined when there is no file. */
export function readKeyFile(path: string): Uint8Array[] | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const lines = readFileSync(path, "utf8").trim().split(/\s+/);
  const keys = lines.map((line) => Buffer.from(line, "hex"));
  if (keys.every((key, index) => key.length === keyBytes && lines[index]?.length === 2 * keyBytes)) return keys;
  throw new StartupError({
    message: `The master key in ${path} is damaged.`,
    remedy: "Restore the file from a backup; without it the stored secrets cannot be read.",
  });
}

/** Differs when the file was written anew. */
export function keyFileVersion(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? "" : `${file.ino} ${file.mtimeMs} ${file.size}`;
}

type Publish = (unfinished: string, path: string) => Promise<void>;

/** Complete on the disk before it has its name: what is encrypted under a key must never outlive it. */
async function writeKeyFile(path: string, keys: readonly Uint8Array[], publish: Publish = rename): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await chmod(dirname(path), 0o700);
  const unfinished = `${path}.unfinished-${randomBytes(4).toString("hex")}`;
  const file = await open(unfinished, "w", 0o600);
  try {
    await file.writeFile(keys.map((key) => `${Buffer.from(key).toString("hex")}\n`).join(""));
    await file.sync();
  } finally {
    await file.close();
  }
  // Root may change the key for a server that runs as another user and has to go on reading it.
  const owner = await stat(path).catch(() => undefined);
  if (owner !== undefined && process.getuid?.() === 0) await chown(unfinished, owner.uid, owner.gid);
  await publish(unfinished, path);
  const directory = await open(dirname(path));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A link, unlike a renaming, never replaces the key of a process that started at the same moment. */
async function linkNew(unfinished: string, path: string): Promise<void> {
  await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(unfinished);
}

/** Makes the first key, unless another process has just done so. */
export async function createKeyFile(path: string): Promise<Uint8Array[]> {
  await writeKeyFile(path, [randomBytes(keyBytes)], linkNew);
  return readKeyFile(path) ?? [];
}

/** Puts a new key first. Those before it stay, since everything is still under them. */
export const addMasterKey = (path: string): Promise<void> =>
  writeKeyFile(path, [randomBytes(keyBytes), ...(readKeyFile(path) ?? [])]);

export const dropFormerMasterKeys = (path: string): Promise<void> =>
  writeKeyFile(path, (readKeyFile(path) ?? []).slice(0, 1));
