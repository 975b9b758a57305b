import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { runFolderPaths, type RunJob } from "@llm-tuner/contract/run-folder.ts";

export const runFolderOf = (runsFolder: string, jobName: string): string => join(runsFolder, jobName);

/** Not a job name, so that no run folder can be called so. */
const unfinishedPrefix = (jobName: string): string => `.preparing-${jobName}-`;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Writes and syncs, so that a power cut cannot leave an empty file under the right name. */
async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces `job.json` by write-then-rename: a reader sees the old one or the new one. */
async function writeJob(folder: string, job: RunJob): Promise<void> {
  const temporary = join(folder, `.${runFolderPaths.job}.tmp`);
  await writeDurably(temporary, `${JSON.stringify(job, undefined, 2)}\n`);
  await rename(temporary, join(folder, runFolderPaths.job));
}

async function removeUnfinished(runsFolder: string, jobName: string): Promise<void> {
  const names = await readdir(runsFolder);
  const unfinished = names.filter((name) => name.startsWith(unfinishedPrefix(jobName)));
  await Promise.all(unfinished.map((name) => rm(join(runsFolder, name), { recursive: true, force: true })));
}

/** Also what a preparation that was cut off left. */
export async function removeRunFolder(runsFolder: string, jobName: string): Promise<void> {
  await mkdir(runsFolder, { recursive: true, mode: 0o700 });
  await removeUnfinished(runsFolder, jobName);
  await rm(runFolderOf(runsFolder, jobName), { recursive: true, force: true });
}

/**
 * Makes the run folder of a job under another name, and gives it its own when it is whole. One that is there already is
 * kept with its checkpoints; only `job.json` is written anew, for the device may be another one.
 */
export async function prepareRunFolder({
  runsFolder,
  job,
  writeData,
}: {
  runsFolder: string;
  job: RunJob;
  writeData: (folder: string) => Promise<void>;
}): Promise<void> {
  const folder = runFolderOf(runsFolder, job.job_name);
  if (await exists(folder)) return writeJob(folder, job);
  await mkdir(runsFolder, { recursive: true, mode: 0o700 });
  await removeUnfinished(runsFolder, job.job_name);
  const unfinished = join(runsFolder, `${unfinishedPrefix(job.job_name)}${process.pid}`);
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await writeData(unfinished);
    await writeJob(unfinished, job);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}
