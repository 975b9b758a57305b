import type { SettingsRow } from "../../server/src/main/settings-document.ts";

const byGroup = (rows: readonly SettingsRow[]): [string, SettingsRow[]][] => {
  const groups = new Map<string, SettingsRow[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `.env.example`: every setting, switched off, with its default as the value. */
export const envExample = (rows: readonly SettingsRow[]): string => {
  const groups = byGroup(rows).map(([group, settings]) => {
    const lines = settings.map(({ env, description, default: value }) => `# ${description}\n#${env}=${value ?? ""}\n`);
    return `# --- ${capital(group)} ---\n\n${lines.join("\n")}`;
  });
  return `# Settings of the server with their defaults. Generated from the code: npm run generate.\n\n${groups.join("\n")}`;
};

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The settings page of the operations guide. */
export const settingsPage = (rows: readonly SettingsRow[]): string => {
  const groups = byGroup(rows).map(([group, settings]) => {
    const lines = settings.map(({ env, description, default: value, secret }) => {
      const shown = value === null ? "–" : `\`${value}\``;
      return `| \`${env}\` | ${shown} | ${cell(description)}${secret ? " Secret." : ""} |`;
    });
    return `## ${capital(group)}\n\n| Variable | Default | What it does |\n| --- | --- | --- |\n${lines.join("\n")}\n`;
  });
  return `# Settings\n\nGenerated from the code by \`npm run generate\`. Every setting is an environment variable; none is needed to try the platform.\n\n${groups.join("\n")}`;
};
