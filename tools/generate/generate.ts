import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildOpenApiDocument } from "@llm-tuner/contract/openapi.ts";
import { buildRunFolderSchemas } from "@llm-tuner/contract/run-folder-schema.ts";
import { settingsRows } from "../../server/src/main/settings-document.ts";
import { envExample, settingsPage } from "./settings-text.ts";

/** A file that is written by a program and committed, with the text that it should hold. */
interface GeneratedFile {
  path: string;
  text: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const kebab = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const generatedFiles = (): GeneratedFile[] => [
  { path: "contract/openapi/openapi.json", text: json(buildOpenApiDocument()) },
  { path: ".env.example", text: envExample(settingsRows()) },
  { path: "docs/operations/settings.md", text: settingsPage(settingsRows()) },
  ...Object.entries(buildRunFolderSchemas()).map(([name, schema]) => ({
    path: `contract/jsonschema/${kebab(name)}.schema.json`,
    text: json(schema),
  })),
];

const root = join(import.meta.dirname, "../..");

const current = (path: string): Promise<string | undefined> =>
  readFile(join(root, path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

const stale: GeneratedFile[] = [];
for (const file of generatedFiles()) if ((await current(file.path)) !== file.text) stale.push(file);

if (process.argv.includes("--check")) {
  for (const { path } of stale) console.error(`${path} is stale: run "npm run generate" and commit it.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, text } of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`wrote ${path}`);
  }
}
