import { type EnvironmentText, SettingsError } from "./read-settings.ts";

/** Where settings come from. */
export interface SettingsSource {
  /** How the source of one setting is called in a fault. */
  nameOf: (env: string) => string;
  values: EnvironmentText;
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

/** One text by name. Nothing is taken silently from the one source while the other says something else. */
export function mergeSources(sources: readonly SettingsSource[]): EnvironmentText {
  const merged: Record<string, string> = {};
  const origins = new Map<string, string>();
  const faults: string[] = [];
  for (const { nameOf, values } of sources) {
    for (const [env, text] of Object.entries(values)) {
      if (!isGiven(text)) continue;
      const origin = origins.get(env);
      if (origin !== undefined) faults.push(`${env} is given twice: by ${origin} and by ${nameOf(env)}. Keep one.`);
      origins.set(env, nameOf(env));
      merged[env] = text;
    }
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return merged;
}
