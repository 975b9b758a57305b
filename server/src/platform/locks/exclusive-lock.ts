import { DatabaseSync } from "node:sqlite";

const busy = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" && error.errcode === busy;

export interface ExclusiveLock {
  release(): void;
}

/**
 * Takes a file for this process alone, or returns undefined when another process has it. The kernel holds the lock, so
 * it ends with the process however that ends: there is no stale lock, and no process id that could be another's by now.
 * Node offers no file locks itself; SQLite's lock on an empty database file is one.
 */
export function takeExclusiveLock(path: string): ExclusiveLock | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => file.close() };
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}
