import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "llm-tuner-work-";
const nameOf = new RegExp(`^${prefix}(\\d+)-`);

/** A folder that only this user may look into. Whoever makes it removes it; after a crash the next start does. */
export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/** A folder for files that are needed for a moment. */
export async function inTemporaryFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await makeTemporaryFolder();
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to ask means that there is one.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** Removes the folders of processes that were killed: they may hold people's files. Returns how many. */
export async function collectTemporaryFolders(): Promise<number> {
  const names = await readdir(tmpdir());
  const left = names.filter((name) => {
    const pid = nameOf.exec(name)?.[1];
    return pid !== undefined && !isRunning(Number(pid));
  });
  // Another user's folder stays: it is not ours to remove.
  const removed = await Promise.allSettled(left.map((name) => rm(join(tmpdir(), name), { recursive: true })));
  return removed.filter(({ status }) => status === "fulfilled").length;
}
