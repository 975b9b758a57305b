import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readAwsSecret } from "../platform/config/aws-secret.ts";
import { type EnvironmentText, readSettings, SettingsError } from "../platform/config/read-settings.ts";
import { readSecretFiles } from "../platform/config/secret-files.ts";
import { mergeSources } from "../platform/config/settings-sources.ts";
import { allSettings, type Settings } from "./all-settings.ts";
import type { Setting } from "../platform/config/setting.ts";
import { contradictions, unsafeInProduction } from "./production-rules.ts";
import { secretsManagerSettings } from "./secrets-manager.config.ts";

/** Folder of the whole project; relative paths in settings start here. */
export const projectDirectory = join(import.meta.dirname, "../../..");

function readDotEnv(path: string): EnvironmentText {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

/** Parses and checks all settings; throws one `SettingsError` with every fault. */
export function parseSettings(environment: EnvironmentText): Settings {
  const settings = readSettings(allSettings, environment);
  const faults = [...contradictions(settings), ...(settings.server.production ? unsafeInProduction(settings) : [])];
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

const settingNames: ReadonlySet<string> = new Set(
  Object.values(allSettings).flatMap((group) => Object.values<Setting>(group).map(({ env }) => env)),
);

/** What the secret of AWS says, when one is named. A name that is no setting is a slip that would go unnoticed. */
async function readNamedAwsSecret(environment: EnvironmentText): Promise<EnvironmentText> {
  const { secretId } = readSettings({ secretsManager: secretsManagerSettings }, environment).secretsManager;
  if (secretId === undefined) return {};
  const values = await readAwsSecret({ secretId, environment });
  const unknown = Object.keys(values).filter((name) => !settingNames.has(name));
  if (unknown.length === 0) return values;
  throw new SettingsError(
    unknown.map((name) => `The secret "${secretId}" of AWS Secrets Manager names ${name}, which is not a setting.`),
  );
}

/** The settings from all their sources: the environment, files that it names, and AWS Secrets Manager. */
export async function gatherSettings(environment: EnvironmentText): Promise<Settings> {
  const files = readSecretFiles(allSettings, environment);
  if (files.faults.length > 0) throw new SettingsError(files.faults);
  const settings = parseSettings(
    mergeSources([
      { nameOf: () => "the environment", values: environment },
      { nameOf: (env) => `the file that ${env}_FILE names`, values: files.values },
      { nameOf: () => "the secret of AWS Secrets Manager", values: await readNamedAwsSecret(environment) },
    ]),
  );
  if (settings.server.production && files.faultsInProduction.length > 0) {
    throw new SettingsError(files.faultsInProduction);
  }
  return settings;
}

/** The only place of the server that reads the environment: `process.env` over the file `.env` of the project. */
export async function readEnvironment(): Promise<{ settings: Settings; environment: EnvironmentText }> {
  const environment = { ...readDotEnv(join(projectDirectory, ".env")), ...process.env };
  return { settings: await gatherSettings(environment), environment };
}
