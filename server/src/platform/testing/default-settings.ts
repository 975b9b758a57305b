import type { SettingsGroup, SettingsOf } from "../config/setting.ts";

/** A domain's settings as they are when the environment names none. */
export function defaultSettings<Group extends SettingsGroup>(group: Group): SettingsOf<Group> {
  const values = Object.fromEntries(Object.entries(group).map(([name, { schema }]) => [name, schema.parse(undefined)]));
  // Each value comes from the schema of its own name, which a mapped type cannot follow through `fromEntries`.
  return values as SettingsOf<Group>;
}
