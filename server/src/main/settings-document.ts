import type { Setting } from "../platform/config/setting.ts";
import { allSettings } from "./all-settings.ts";

/** One setting as `.env.example` and the settings page show it. */
export interface SettingsRow {
  /** The part of the server that it belongs to. */
  group: string;
  env: string;
  description: string;
  /** As it would be written in the environment; null when there is none. */
  default: string | null;
  secret: boolean;
}

function defaultText({ schema }: Setting): string | null {
  const { data } = schema.safeParse(undefined);
  if (Array.isArray(data)) return data.join(",");
  return typeof data === "string" || typeof data === "number" || typeof data === "boolean" ? String(data) : null;
}

/** Every setting of the server in the order of the code, for the generators of documentation. */
export const settingsRows = (): SettingsRow[] =>
  Object.entries(allSettings).flatMap(([group, settings]) =>
    Object.values<Setting>(settings).map((setting) => ({
      group,
      env: setting.env,
      description: setting.description,
      default: defaultText(setting),
      secret: setting.secret === true,
    })),
  );
