import { readFileSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { EnvironmentText, SettingsGroups } from "./read-settings.ts";

export interface SecretFiles {
  /** By the setting's own name. */
  values: EnvironmentText;
  faults: string[];
  /** Faults where other people use the server: files that every user of the machine may read. */
  faultsInProduction: string[];
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";

/**
 * Every secret setting may lie in a file, which `NAME_FILE` names: the way in which orchestrators hand over secrets
 * without showing them in the environment of the process.
 */
export function readSecretFiles(groups: SettingsGroups, environment: EnvironmentText): SecretFiles {
  const values: Record<string, string> = {};
  const result: SecretFiles = { values, faults: [], faultsInProduction: [] };
  for (const { env, secret } of Object.values(groups).flatMap((group) => Object.values(group))) {
    const variable = `${env}_FILE`;
    const path = environment[variable]?.trim();
    if (secret !== true || path === undefined || path === "") continue;
    if (!isAbsolute(path)) {
      result.faults.push(`${variable} is "${path}", which is not an absolute path.`);
      continue;
    }
    try {
      const text = readFileSync(path, "utf8").trim();
      if (text === "") result.faults.push(`${variable} names ${path}, which is empty.`);
      else values[env] = text;
      if ((statSync(path).mode & 0o004) !== 0) {
        result.faultsInProduction.push(
          `${variable} names ${path}, which every user of this machine may read. Take that right away: chmod o-r ${path}`,
        );
      }
    } catch (error) {
      result.faults.push(`${variable} names ${path}, which cannot be read (${reasonOf(error)}).`);
    }
  }
  return result;
}
