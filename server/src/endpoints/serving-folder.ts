import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ServeJob, ServingAnnouncement, serveFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import {
  type ProcessIdentity as Identity,
  ProcessIdentity,
  identityOf,
  isRunning,
} from "../platform/processes/process-identity.ts";

const ownerFile = "owner.json";

/**
 * Makes a new folder for one serving process. Each start has its own, so that nothing of a process that is still ending
 * is mistaken for its successor's. The folder names the server that owns it before a process can exist in it.
 */
export const createServingFolder = async (servingRoot: string, key: string, job: ServeJob): Promise<string> => {
  const folder = join(servingRoot, `${key}.${randomBytes(6).toString("hex")}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, ownerFile), JSON.stringify(identityOf(process.pid)));
  // It holds the token: for the owner of the server alone.
  await writeFile(join(folder, serveFolderPaths.job), JSON.stringify(job), { mode: 0o600 });
  return folder;
};

export const removeServingFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** What the worker says when it can answer; undefined until then. It is written by rename and never seen half. */
export const readAnnouncement = async (folder: string): Promise<ServingAnnouncement | undefined> => {
  const path = join(folder, serveFolderPaths.announcement);
  if (!existsSync(path)) return undefined;
  return ServingAnnouncement.parse(JSON.parse(await readFile(path, "utf8")));
};

const logTailBytes = 4096;
const logTailLines = 5;

/** The last lines that the worker wrote, for the person who has to find out why it ended. */
export const readLogTail = async (folder: string): Promise<string[]> => {
  const path = join(folder, serveFolderPaths.log);
  if (!existsSync(path)) return [];
  const text = (await readFile(path)).subarray(-logTailBytes).toString("utf8");
  return text.trim().split("\n").slice(-logTailLines);
};

/** Folders of servers that no longer run: their workers are left over. */
export const abandonedServingFolders = async (servingRoot: string): Promise<string[]> => {
  if (!existsSync(servingRoot)) return [];
  const folders = (await readdir(servingRoot)).map((name) => join(servingRoot, name));
  const owners = await Promise.all(folders.map(readOwner));
  return folders.filter((_, index) => {
    const owner = owners[index];
    return owner === undefined || !isRunning(owner);
  });
};

const readOwner = async (folder: string): Promise<Identity | undefined> => {
  const path = join(folder, ownerFile);
  if (!existsSync(path)) return undefined;
  try {
    return ProcessIdentity.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // Torn by a crash while it was written: no process was started in this folder.
    return undefined;
  }
};
