import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartupError } from "../platform/config/startup-error.ts";
import { type ExclusiveLock, takeExclusiveLock } from "../platform/locks/exclusive-lock.ts";
import type { Settings } from "./all-settings.ts";

type Mode = Settings["server"]["mode"];

/** The parts of the work of which there is one process for each data directory. */
const partsOf = (mode: Mode): readonly string[] => (mode === "all" ? ["web", "worker"] : [mode]);

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    // The embedded database runs as another user when the server is root, and has to pass through. What lies in the
    // folder has rights of its own; one that is in use already is left as it is.
    if ((await readdir(directory)).length === 0) await chmod(directory, 0o711);
    const probe = join(directory, ".writable");
    await writeFile(probe, "");
    await rm(probe);
  } catch (cause) {
    throw new StartupError({
      message: `The data directory ${directory} cannot be written.`,
      remedy: "Give the server's user the right to write there, or set DATA_DIR to another folder.",
      cause,
    });
  }
}

async function inUse(directory: string, holder: string): Promise<StartupError> {
  const pid = await readFile(holder, "utf8").catch(() => "");
  return new StartupError({
    message: `Another server${pid === "" ? "" : ` (process ${pid.trim()})`} uses the data directory ${directory}.`,
    remedy: "Stop that one first, or set DATA_DIR to another folder.",
  });
}

/** The locks of all parts, or the file that names the process which has one of them. */
async function takeParts(directory: string, mode: Mode): Promise<ExclusiveLock | { holder: string }> {
  const locks: ExclusiveLock[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  for (const part of partsOf(mode)) {
    const holder = join(directory, `${part}.pid`);
    const lock = takeExclusiveLock(join(directory, `${part}.lock`));
    if (lock === undefined) {
      release();
      return { holder };
    }
    locks.push(lock);
    // Only said to people; the lock is what counts.
    await writeFile(holder, `${process.pid}\n`);
  }
  return { release };
}

/** Makes the data directory when it is new, and takes it for this process. */
export async function takeDataDirectory(directory: string, mode: Mode): Promise<ExclusiveLock> {
  await makeDirectory(directory);
  const taken = await takeParts(directory, mode);
  if ("holder" in taken) throw await inUse(directory, taken.holder);
  return taken;
}

/** Takes a data directory that exists; undefined when a server has it. */
export async function tryDataDirectory(directory: string): Promise<ExclusiveLock | undefined> {
  const taken = await takeParts(directory, "all");
  return "holder" in taken ? undefined : taken;
}
