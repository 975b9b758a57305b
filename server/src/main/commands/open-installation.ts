import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createAccountCommands } from "../../accounts/account-commands.ts";
import { StartupError } from "../../platform/config/startup-error.ts";
import { findRunningPostgres } from "../../platform/database/embedded/running-postgres.ts";
import type { Log } from "../../platform/log/log.ts";
import { systemClock } from "../../platform/time/clock.ts";
import { createUsageCommands } from "../../usage/usage-commands.ts";
import type { Settings } from "../all-settings.ts";
import { tryDataDirectory } from "../data-directory.ts";
import { projectDirectory } from "../environment.ts";
import { loadMasterKeys } from "../master-key.ts";
import { masterKeyPath } from "../master-key-file.ts";
import { openDatabase, startDatabase } from "../open-database.ts";
import { openSecrets } from "../secrets.ts";
import type { Teardown } from "../teardown.ts";
import type { Installation } from "./command.ts";

interface OpenInstallation {
  settings: Settings;
  log: Log;
  /** Everything that is opened is added to it. */
  teardown: Teardown;
}

/** A command works on what a server has made; it never begins a new installation by a slip in DATA_DIR. */
function requireInstallation({ server }: Settings, dataDir: string): void {
  if (server.secretKey !== undefined && server.databaseUrl !== undefined) return;
  if (server.secretKey !== undefined ? existsSync(dataDir) : existsSync(masterKeyPath(dataDir))) return;
  throw new StartupError({
    message: `There is no installation in ${dataDir}.`,
    remedy: "Start the server once, or set DATA_DIR (and SECRET_KEY, DATABASE_URL) as the server has them.",
  });
}

async function openUrl(opening: OpenInstallation, dataDir: string): Promise<{ url: string; mayBeServed: boolean }> {
  const { settings, log, teardown } = opening;
  if (settings.server.databaseUrl !== undefined) return { url: settings.server.databaseUrl, mayBeServed: true };
  const lock = await tryDataDirectory(dataDir);
  if (lock === undefined) return { url: await findRunningPostgres({ dataDirectory: dataDir }), mayBeServed: true };
  teardown.add("the data directory", () => lock.release());
  const onLost = (error: unknown) => log.error({ error }, "the database is lost");
  return { url: await startDatabase({ ...opening, dataDir }, onLost), mayBeServed: false };
}

/** Reaches the database as the server does: the one that is named, that of a server which runs, or by starting it. */
export async function openInstallation(opening: OpenInstallation): Promise<Installation> {
  const { settings, log } = opening;
  const dataDir = resolve(projectDirectory, settings.server.dataDir);
  requireInstallation(settings, dataDir);
  const { secretKey, formerSecretKeys: formerKeys } = settings.server;
  const masterKeys = await loadMasterKeys({ dataDir, secretKey, formerKeys, log });
  const { url, mayBeServed } = await openUrl(opening, dataDir);
  const database = await openDatabase({ ...opening, dataDir }, url);
  const secrets = await openSecrets(database, masterKeys);
  const accounts = createAccountCommands({
    ...secrets,
    database,
    dataDir,
    clock: systemClock,
    log,
    config: settings.accounts,
  });
  const usage = createUsageCommands({ database, log });
  return {
    settings,
    database,
    envelope: secrets.envelope,
    accounts,
    usage,
    masterKeyFile: masterKeys.file,
    mayBeServed,
  };
}
