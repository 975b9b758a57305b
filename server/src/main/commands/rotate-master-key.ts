import { stat } from "node:fs/promises";
import { type RewrapResult, rewrapAll } from "../../platform/crypto/rewrap.ts";
import { encryptedColumns } from "../encrypted-columns.ts";
import { addMasterKey, dropFormerMasterKeys, readKeyFile } from "../master-key-file.ts";
import type { Command, Installation, Say } from "./command.ts";

/** Longer than any transaction of a server may last, which may still write under the key that it began with. */
const settledMs = 180_000;
const maxPasses = 5;

/** Until a pass finds nothing more: a server that runs may have written under the former key during the first. */
async function rewrapUntilNoneIsLeft({ database, envelope }: Installation): Promise<RewrapResult> {
  const total: RewrapResult = { changed: 0, unreadable: [] };
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const { changed, unreadable } = await rewrapAll({ database, envelope, columns: encryptedColumns });
    total.changed += changed;
    total.unreadable = unreadable;
    if (changed === 0) break;
  }
  return total;
}

const countOfKeys = (file: string): number => readKeyFile(file)?.length ?? 0;

/** A second key in the file is a change that has begun: it is gone on with. True when it begins now. */
async function beginInFile(file: string): Promise<boolean> {
  if (countOfKeys(file) > 1) return false;
  await addMasterKey(file);
  return true;
}

async function finishInFile({ mayBeServed }: Installation, file: string, say: Say): Promise<void> {
  const ageMs = Date.now() - (await stat(file)).mtimeMs;
  if (mayBeServed && ageMs < settledMs) {
    say(
      `The new key is in use, also by a server that runs. The former one is kept in ${file} for what is still being written: run this once more in ${Math.ceil((settledMs - ageMs) / 60_000)} minutes to drop it.`,
    );
    return;
  }
  await dropFormerMasterKeys(file);
  say(`The former key is dropped from ${file}. Backups of the database that were made under it need the file of then.`);
}

async function run(installation: Installation, say: Say): Promise<number> {
  const { settings, accounts, masterKeyFile: file } = installation;
  const isGivenChange = settings.server.formerSecretKeys.length > 0;
  if (file === undefined && !isGivenChange) {
    say(
      "SECRET_KEY is set, so the new key comes from you: set SECRET_KEY to it and SECRET_KEY_PREVIOUS to the present one, restart the servers, and run this again. Nothing was changed.",
    );
    return 1;
  }
  const begins = file !== undefined && (await beginInFile(file));
  const { changed, unreadable } = await rewrapUntilNoneIsLeft(installation);
  say(`${changed} stored secrets were brought under the present master key.`);
  if (begins || changed > 0) {
    await accounts.audit.note({ action: "admin.master_key_rotated", details: { secrets: changed } });
  }
  if (unreadable.length > 0) {
    for (const line of unreadable) say(line);
    say("These are under no known key, and nothing else was lost. The former keys are kept.");
    return 1;
  }
  if (file !== undefined) await finishInFile(installation, file, say);
  else say("Nothing is under the former keys any more: remove SECRET_KEY_PREVIOUS and restart the servers.");
  return 0;
}

export const rotateMasterKey: Command = {
  name: "rotate-master-key",
  summary: "Bring all stored secrets under a new master key; servers go on, nobody is signed out",
  help: `With the key in the data directory: makes a new one, which a server that runs takes up by itself, and brings
everything under it. While a server runs, run the command once more some minutes later to drop the former key.

With SECRET_KEY: the new key comes from you.
  1. Several servers: add the new key to SECRET_KEY_PREVIOUS of each, and restart one after the other.
  2. Set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS to the present one, and restart one after the other.
  3. Run this command with the same settings.
  4. Remove SECRET_KEY_PREVIOUS, and restart once more.

It may be cut off at any moment and run again.`,
  run,
};
