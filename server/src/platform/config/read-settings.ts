import type { Setting, SettingsGroup, SettingsOf } from "./setting.ts";

/** The environment as text by name; an empty text counts as not set. */
export type EnvironmentText = Readonly<Record<string, string | undefined>>;

export type SettingsGroups = Readonly<Record<string, SettingsGroup>>;
export type SettingsOfGroups<Groups extends SettingsGroups> = { [Name in keyof Groups]: SettingsOf<Groups[Name]> };

/** Some settings cannot be used; each fault names its variable and what to do, without a secret's value. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The settings are not valid:\n${faults.join("\n")}`);
    this.name = "SettingsError";
    this.faults = faults;
  }
}

const shown = (setting: Setting, text: string | undefined): string => {
  if (text === undefined) return "is not set";
  return setting.secret === true ? "has a value that" : `is ${JSON.stringify(text.slice(0, 100))}, which`;
};

function readOne(setting: Setting, environment: EnvironmentText): { value: unknown } | { fault: string } {
  const text = environment[setting.env];
  const given = text === undefined || text.trim() === "" ? undefined : text;
  const parsed = setting.schema.safeParse(given);
  if (parsed.success) return { value: parsed.data };
  const reasons = parsed.error.issues.map(({ message }) => message).join(", ");
  const fault = given === undefined ? `is not set: ${reasons}` : `${shown(setting, given)} is not valid: ${reasons}`;
  return { fault: `${setting.env} ${fault}. ${setting.description}` };
}

/** Parses all groups of settings; throws one `SettingsError` with every fault. */
export function readSettings<const Groups extends SettingsGroups>(
  groups: Groups,
  environment: EnvironmentText,
): SettingsOfGroups<Groups> {
  const faults: string[] = [];
  const values: Record<string, Record<string, unknown>> = {};
  for (const [groupName, group] of Object.entries(groups)) {
    const parsed: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(group)) {
      const result = readOne(setting, environment);
      if ("fault" in result) faults.push(result.fault);
      else parsed[name] = result.value;
    }
    values[groupName] = parsed;
  }
  if (faults.length > 0) throw new SettingsError(faults);
  // Every value was parsed by the schema of its own setting, under the setting's own name.
  return values as SettingsOfGroups<Groups>;
}
