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
  return `# Settings of the server with their defaults. Generated from the code: npm run generate.\n# A secret may lie in a file instead: NAME_FILE=/path. Or in AWS Secrets Manager: AWS_SECRETS_MANAGER_SECRET_ID.\n\n${groups.join("\n")}`;
};

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Where else than in the environment a setting may stand. */
const sources = [
  "A secret setting may also lie in a file: `SECRET_KEY_FILE=/run/secrets/master-key` instead of `SECRET_KEY`. The file's text is taken without the space around it; with `PRODUCTION=true` a file that every user of the machine may read is refused.",
  'Or all settings may come from AWS Secrets Manager: `AWS_SECRETS_MANAGER_SECRET_ID` names a secret whose value is a JSON object, such as `{"DATABASE_URL": "postgresql://…", "SECRET_KEY": "…"}`. It is read once, at the start, with AWS\'s usual credentials.',
  "A setting that is given by two of the three refuses to start.",
].join("\n\n");

/** The settings page of the operations guide. */
export const settingsPage = (rows: readonly SettingsRow[]): string => {
  const groups = byGroup(rows).map(([group, settings]) => {
    const lines = settings.map(({ env, description, default: value, secret }) => {
      const shown = value === null ? "–" : `\`${value}\``;
      return `| \`${env}\` | ${shown} | ${cell(description)}${secret ? ` Secret; or \`${env}_FILE\`.` : ""} |`;
    });
    return `## ${capital(group)}\n\n| Variable | Default | What it does |\n| --- | --- | --- |\n${lines.join("\n")}\n`;
  });
  return `# Settings\n\nGenerated from the code by \`npm run generate\`. Every setting is an environment variable; none is needed to try the platform.\n\n${sources}\n\n${groups.join("\n")}`;
};
