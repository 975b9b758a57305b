import { statfs } from "node:fs/promises";
import { StartupError } from "../../config/startup-error.ts";

/** The programs take 60 MB where they must be copied; a new data directory has 40 MB, and 100 MB after some minutes. */
const neededBytes = 200_000_000;

/** Refuses to begin on a disk that would be full before the end. */
export async function requireSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= neededBytes) return;
  throw new StartupError({
    message: `The disk of ${directory} has ${Math.floor((bavail * bsize) / 1e6)} MB left; the embedded database needs ${neededBytes / 1e6} MB to begin.`,
    remedy: "Free some space, or set DATA_DIR to a larger disk.",
  });
}
