import { constants } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { runFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import { syncFolder } from "../platform/file-system/sync-folder.ts";
import type { Attempt } from "./datasets.store.ts";

/** Folders of data sets: `<id>` when checked, `.<id>.<attempt>` while being checked. */
export interface DatasetFolders {
  /** An empty folder for one attempt. */
  create(attempt: Attempt): Promise<string>;
  discard(attempt: Attempt): Promise<void>;
  /** Brings the data of an attempt to its place; nothing else of its folder is kept. */
  place(attempt: Attempt): Promise<void>;
  remove(id: string): Promise<void>;
  copyInto(id: string, runFolder: string): Promise<void>;
  /** Ids of all folders that there are, of finished and unfinished checks. */
  ids(): Promise<string[]>;
  /** Removes what is left of a data set that is no more. */
  clear(id: string): Promise<void>;
}

const building = /^\.(.+)\.\d+$/;

export function createDatasetFolders(dataDir: string): DatasetFolders {
  const root = join(dataDir, "datasets");
  const finished = (id: string): string => join(root, id);
  const unfinished = ({ id, attempt }: Attempt): string => join(root, `.${id}.${attempt}`);
  const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
  const names = (): Promise<string[]> => readdir(root).catch(() => []);
  const idOf = (name: string): string => building.exec(name)?.[1] ?? name;

  return {
    async create(attempt) {
      const path = unfinished(attempt);
      await removeFolder(path);
      await mkdir(path, { recursive: true, mode: 0o700 });
      return path;
    },
    discard: (attempt) => removeFolder(unfinished(attempt)),
    async place(attempt) {
      const kept = join(unfinished(attempt), "kept");
      await mkdir(kept);
      await rename(join(unfinished(attempt), "data"), join(kept, "data"));
      await removeFolder(finished(attempt.id));
      await rename(kept, finished(attempt.id));
      await syncFolder(finished(attempt.id));
      await syncFolder(root);
      await removeFolder(unfinished(attempt));
    },
    remove: (id) => removeFolder(finished(id)),
    async copyInto(id, runFolder) {
      await mkdir(join(runFolder, "data"), { recursive: true });
      for (const path of [runFolderPaths.train, runFolderPaths.heldOut]) {
        await copyFile(join(finished(id), path), join(runFolder, path), constants.COPYFILE_FICLONE);
      }
    },
    async ids() {
      return [...new Set((await names()).map(idOf))];
    },
    async clear(id) {
      for (const name of await names()) if (idOf(name) === id) await removeFolder(join(root, name));
    },
  };
}
