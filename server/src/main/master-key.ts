import { chmod, stat } from "node:fs/promises";
import { StartupError } from "../platform/config/startup-error.ts";
import { changingMasterKeys, type MasterKeys, masterKeysOf } from "../platform/crypto/master-keys.ts";
import type { Log } from "../platform/log/log.ts";
import { createKeyFile, keyFileVersion, masterKeyPath, readKeyFile } from "./master-key-file.ts";

interface LoadMasterKey {
  dataDir: string;
  /** Of the setting SECRET_KEY. */
  secretKey: Uint8Array | undefined;
  /** Of the setting SECRET_KEY_PREVIOUS. */
  formerKeys: readonly Uint8Array[];
  log: Log;
}

export interface LoadedMasterKeys {
  keys: MasterKeys;
  /** The key of before all changes: what was derived from a master key once was derived from this one. */
  oldest: Uint8Array;
  /** The file that the present key stands in; undefined when it is given by a setting. */
  file: string | undefined;
}

const isAmong = (keys: readonly Uint8Array[], wanted: Uint8Array): boolean =>
  keys.some((key) => Buffer.compare(key, wanted) === 0);

/** Somebody who sets SECRET_KEY for the first time may not know that there is a key already. */
function refuseOtherKeyThanStored({ secretKey, formerKeys }: LoadMasterKey, path: string, stored: Uint8Array): void {
  if (secretKey === undefined || isAmong([secretKey, ...formerKeys], stored)) return;
  throw new StartupError({
    message: `SECRET_KEY is another key than the one in ${path}, under which secrets are stored already.`,
    remedy:
      "Set SECRET_KEY to the key in that file (and then delete the file), or unset it; to change the key, add the one in the file to SECRET_KEY_PREVIOUS.",
  });
}

/** In a server that runs, a file that was written badly must not take away the keys that it has. */
function keysOfFile(path: string, formerKeys: readonly Uint8Array[], log: Log): MasterKeys {
  let known = readKeyFile(path) ?? [];
  const read = (): readonly Uint8Array[] => {
    try {
      known = readKeyFile(path) ?? known;
    } catch (error) {
      log.error({ error, path }, "the file of the master key cannot be read; the keys of before stay in use");
    }
    return [...known, ...formerKeys];
  };
  return changingMasterKeys({ version: () => keyFileVersion(path), read });
}

/** The keys under which secrets are stored: the given ones, else those in the data directory, made at the first start. */
export async function loadMasterKeys(options: LoadMasterKey): Promise<LoadedMasterKeys> {
  const { dataDir, secretKey, formerKeys, log } = options;
  const path = masterKeyPath(dataDir);
  const stored = readKeyFile(path) ?? [];
  const [present] = stored;
  if (present !== undefined) {
    refuseOtherKeyThanStored(options, path, present);
    if (((await stat(path)).mode & 0o077) !== 0) {
      log.warn({ path }, "the master key could be read by other users; its file is made private");
      await chmod(path, 0o600);
    }
  }
  if (secretKey !== undefined) {
    const all = [secretKey, ...stored, ...formerKeys];
    return { keys: masterKeysOf(all), oldest: all.at(-1) ?? secretKey, file: undefined };
  }
  const written = present === undefined ? await createKeyFile(path) : stored;
  if (present === undefined) log.info({ path }, "made a master key for stored secrets; include this file in backups");
  const oldest = [...written, ...formerKeys].at(-1);
  if (oldest === undefined) throw new Error(`No master key could be written to ${path}.`);
  return { keys: keysOfFile(path, formerKeys, log), oldest, file: path };
}
