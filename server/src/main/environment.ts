import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { type EnvironmentText, readSettings, SettingsError } from "../platform/config/read-settings.ts";
import { allSettings, type Settings } from "./all-settings.ts";
import { contradictions, unsafeInProduction } from "./production-rules.ts";

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

/** The only place of the server that reads the environment: `process.env` over the file `.env` of the project. */
export function readEnvironment(): { settings: Settings; environment: EnvironmentText } {
  const environment = { ...readDotEnv(join(projectDirectory, ".env")), ...process.env };
  return { settings: parseSettings(environment), environment };
}
