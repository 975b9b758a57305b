import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { syncFolder } from "../file-system/sync-folder.ts";
import { assertSafeKey, assertSafePrefix } from "./object-key.ts";
import { objectNotFound, storeFull, unsafeObjectKey } from "./object-store-errors.ts";
import type { ObjectInfo, ObjectStore } from "./object-store.ts";

/** Writes in progress; no key begins with a dot, so that no key can name one. */
const incomingFolder = ".incoming";

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
const isFull = (error: unknown): boolean => codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";

async function writeThrough(path: string, source: Readable | Uint8Array): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(source);
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Keeps objects as files under `root`, one folder for each part of the key. */
export function createFileObjectStore({ root: rootPath }: { root: string }): ObjectStore {
  const root = resolve(rootPath);
  const incoming = join(root, incomingFolder);

  /**
   * The path of a key. The key's own form already keeps it under the root; the real path of its folder is compared
   * too, for a link inside the store would lead out of it.
   */
  const pathOf = async (key: string): Promise<string> => {
    assertSafeKey(key);
    const path = join(root, ...key.split("/"));
    const [realRoot, realFolder] = await Promise.all([realpath(root), realpath(dirname(path))]);
    if (realFolder !== realRoot && !realFolder.startsWith(realRoot + sep)) throw unsafeObjectKey();
    return path;
  };

  const openObject = async (key: string): Promise<{ file: FileHandle; bytes: number }> => {
    try {
      const file = await open(await pathOf(key), constants.O_RDONLY | constants.O_NOFOLLOW);
      const status = await file.stat();
      if (status.isFile()) return { file, bytes: status.size };
      await file.close();
    } catch (error) {
      if (codeOf(error) === "ELOOP") throw unsafeObjectKey(error);
      if (!isMissing(error)) throw error;
      throw objectNotFound(error);
    }
    throw objectNotFound();
  };

  async function* walk(folder: string, keyPrefix: string): AsyncGenerator<ObjectInfo> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      const key = keyPrefix + entry.name;
      if (entry.isDirectory()) yield* walk(path, `${key}/`);
      // A file may be deleted between the listing and this look at it.
      const status = entry.isFile() ? await lstat(path).catch(() => undefined) : undefined;
      if (status) yield { key, bytes: status.size, modifiedAt: status.mtime };
    }
  }

  return {
    async put(key, source) {
      assertSafeKey(key);
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      const temporary = join(incoming, randomUUID());
      try {
        const bytes = await writeThrough(temporary, source);
        await mkdir(dirname(join(root, ...key.split("/"))), { recursive: true, mode: 0o700 });
        const path = await pathOf(key);
        await rename(temporary, path);
        await syncFolder(dirname(path));
        return { bytes };
      } catch (error) {
        await rm(temporary, { force: true });
        throw isFull(error) ? storeFull(error) : error;
      }
    },

    async get(key, range) {
      const { file, bytes } = await openObject(key);
      const stream = file.createReadStream(range ?? {});
      return { stream, bytes: range ? Math.min(range.end + 1, bytes) - range.start : bytes };
    },

    async delete(key) {
      try {
        await rm(await pathOf(key), { force: true });
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    async exists(key) {
      try {
        return (await lstat(await pathOf(key))).isFile();
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },

    async *list(prefix) {
      assertSafePrefix(prefix);
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      for await (const object of walk(join(root, folder), folder)) {
        if (object.key.startsWith(prefix)) yield object;
      }
    },

    async collectLeftovers(olderThan) {
      const names = await readdir(incoming).catch(() => []);
      let removed = 0;
      for (const name of names) {
        const path = join(incoming, name);
        // A write that is still going on touches its file, in this process or in another one.
        const status = await stat(path).catch(() => undefined);
        if (!status || status.mtime >= olderThan) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}
