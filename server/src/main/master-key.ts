import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StartupError } from "../platform/config/startup-error.ts";
import type { Log } from "../platform/log/log.ts";

const keyBytes = 32;

async function readKeyFile(path: string): Promise<Uint8Array | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), "hex");
  if (key.length === keyBytes) return key;
  throw new StartupError({
    message: `The master key in ${path} is damaged.`,
    remedy: "Restore the file from a backup; without it the stored secrets cannot be read.",
  });
}

/** Complete on the disk before it has its name: what is encrypted under a key must never outlive it. */
async function writeKeyFile(path: string, key: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await chmod(dirname(path), 0o700);
  const unfinished = `${path}.unfinished`;
  const file = await open(unfinished, "w", 0o600);
  try {
    await file.writeFile(`${Buffer.from(key).toString("hex")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  const directory = await open(dirname(path));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

interface LoadMasterKey {
  dataDir: string;
  /** Of the setting SECRET_KEY. */
  secretKey: Uint8Array | undefined;
  log: Log;
}

/** The key under which secrets are stored: the given one, else the one in the data directory, made at the first start. */
export async function loadMasterKey({ dataDir, secretKey, log }: LoadMasterKey): Promise<Uint8Array> {
  const path = join(dataDir, "secrets", "master.key");
  const stored = await readKeyFile(path);
  if (secretKey !== undefined && stored !== undefined && Buffer.compare(secretKey, stored) !== 0) {
    throw new StartupError({
      message: `SECRET_KEY is another key than the one in ${path}, under which secrets are stored already.`,
      remedy: `Set SECRET_KEY to the key in that file (and then delete the file), or unset it.`,
    });
  }
  if (secretKey !== undefined) return secretKey;
  if (stored !== undefined) {
    if (((await stat(path)).mode & 0o077) !== 0) {
      log.warn({ path }, "the master key could be read by other users; its file is made private");
      await chmod(path, 0o600);
    }
    return stored;
  }
  const key = randomBytes(keyBytes);
  await writeKeyFile(path, key);
  log.info({ path }, "made a master key for stored secrets; include this file in backups");
  return key;
}
