import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ModelManifest,
  type ModelSource,
  type ParityRecord,
  runFolderPaths,
  runFolderSchemaVersion,
} from "@llm-tuner/contract/run-folder.ts";

export const goldenPrompts = (questions: readonly string[]): ParityRecord["prompts"] =>
  questions.map((question) => {
    // The answers of the scripted worker: the question backwards, one token per character.
    const prompt = Array.from(question, (character) => character.codePointAt(0) ?? 0);
    return {
      messages: [{ role: "user", content: question }],
      max_tokens: 4,
      prompt_token_ids: prompt,
      output_token_ids: prompt.toReversed().slice(0, 4),
    };
  });

const manifestOf = (baseModel: { name: string; source: ModelSource }): ModelManifest => ({
  schema_version: runFolderSchemaVersion,
  kind: "full",
  architecture: "LlamaForCausalLM",
  base_model: baseModel,
  base_model_sha256: "0".repeat(64),
  eos_token_ids: [0],
  context_window: 256,
  template_sha256: "1".repeat(64),
  train_data_sha256: "2".repeat(64),
  parameters: 679_000,
  versions: { torch: "2.9.0" },
});

export interface WrittenRun {
  dataDir: string;
  jobName: string;
  baseModel?: { name: string; source: ModelSource };
  /** Further files of the model's folder, or other content for those that are there. */
  files?: Record<string, string>;
  /** Null leaves no record. */
  parity?: ParityRecord["prompts"] | null;
}

/** What the trainer leaves of a completed job; returns the folder of the model in it. */
export async function writeCompletedRun({
  dataDir,
  jobName,
  baseModel = { name: "starter", source: { kind: "folder", path: "/nowhere/starter" } },
  files = {},
  parity = goldenPrompts(["Opening hours?", "Who are you?"]),
}: WrittenRun): Promise<string> {
  const runFolder = join(dataDir, "runs", jobName);
  const model = join(runFolder, runFolderPaths.model);
  await mkdir(model, { recursive: true });
  const all = {
    "manifest.json": JSON.stringify(manifestOf(baseModel)),
    "model.safetensors": "weights ".repeat(1000),
    "tokenizer.json": "{}",
    ...files,
  };
  for (const [name, text] of Object.entries(all)) await writeFile(join(model, name), text);
  if (parity !== null) {
    const record: ParityRecord = { schema_version: runFolderSchemaVersion, prompts: parity };
    await writeFile(join(runFolder, runFolderPaths.parity), JSON.stringify(record));
  }
  return model;
}
