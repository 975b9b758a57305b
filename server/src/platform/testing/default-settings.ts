import { z } from "zod";
import type { SettingsGroup, SettingsOf } from "../config/setting.ts";

/** A domain's config when nothing is set in the environment. Fails for a setting that has no default. */
export function defaultSettings<Group extends SettingsGroup>(group: Group): SettingsOf<Group> {
  const schema = z.object(Object.fromEntries(Object.entries(group).map(([name, setting]) => [name, setting.schema])));
  // The schema is built from the group itself, name by name; TypeScript cannot follow that through Object.fromEntries.
  return schema.parse({}) as SettingsOf<Group>;
}
