import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { ModelManifest, ParityRecord, runFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import { tarGzip } from "./model-archive.ts";
import { artefactMissing, artefactRefused } from "./models.errors.ts";

/** What a model's folder says about itself. */
export interface ArtefactDescription {
  manifest: ModelManifest;
  sizeBytes: number;
}

// Everything that is not weights is read as text or by a parser that runs no code. Pickle-based weights (.bin, .pt,
// .pkl) run code when they are loaded, so what is not on this list is refused.
const allowedFile = /^[\w.-]{1,80}\.(safetensors|json|txt|jinja|model|md)$/;
const orphanAgeMs = 3_600_000;

/** Files of the tuned models: `models/<model id>/` under the data directory, moved there from the run folder. */
export class ModelArtefacts {
  readonly #modelsFolder: string;
  readonly #runsFolder: string;

  constructor(dataDir: string) {
    this.#modelsFolder = join(dataDir, "models");
    this.#runsFolder = join(dataDir, "runs");
  }

  folder(modelId: string): string {
    return join(this.#modelsFolder, modelId);
  }

  /**
   * Moves a completed job's model to its place and describes it. The move is one rename, so after a crash either the run
   * folder or the model's own folder is whole, and a second call goes on from there.
   */
  async adopt(jobName: string, modelId: string): Promise<ArtefactDescription> {
    const target = this.folder(modelId);
    if (!existsSync(target)) {
      try {
        await this.#moveIn(join(this.#runsFolder, jobName), target, jobName);
      } catch (error) {
        // Another delivery of the same news was faster.
        if (!existsSync(target)) throw error;
      }
    }
    return { manifest: await readManifest(target, jobName), sizeBytes: await sizeOf(target) };
  }

  async #moveIn(runFolder: string, target: string, jobName: string): Promise<void> {
    const source = join(runFolder, runFolderPaths.model);
    await inspect(source, jobName);
    await copyParityRecord(runFolder);
    await mkdir(this.#modelsFolder, { recursive: true });
    await rename(source, target);
  }

  /** The golden prompts with the trainer's answers, or undefined when the trainer left none. */
  async parityRecord(modelId: string): Promise<ParityRecord | undefined> {
    const path = join(this.folder(modelId), runFolderPaths.parity);
    if (!existsSync(path)) return undefined;
    return ParityRecord.parse(JSON.parse(await readFile(path, "utf8")));
  }

  /** `model.tar.gz` as a stream; the files stand at its root. */
  async archive(modelId: string): Promise<Readable> {
    if (!existsSync(this.folder(modelId))) throw artefactMissing(modelId);
    const names = await readdir(this.folder(modelId));
    return tarGzip(this.folder(modelId), names.toSorted());
  }

  async remove(modelId: string): Promise<void> {
    await rm(this.folder(modelId), { recursive: true, force: true });
  }

  /**
   * Removes folders that belong to no model: a crash came between the deletion of a row and that of its files, or a
   * user was deleted. Young folders are left alone, for their row may be about to be written.
   */
  async removeOrphans(isKnown: (modelId: string) => Promise<boolean>, now: Date): Promise<string[]> {
    if (!existsSync(this.#modelsFolder)) return [];
    const removed: string[] = [];
    for (const modelId of await readdir(this.#modelsFolder)) {
      const { ctimeMs } = await stat(this.folder(modelId));
      if (now.getTime() - ctimeMs < orphanAgeMs || (await isKnown(modelId))) continue;
      await this.remove(modelId);
      removed.push(modelId);
    }
    return removed;
  }
}

const inspect = async (folder: string, jobName: string): Promise<void> => {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw artefactRefused({ jobName, reason: "its run folder holds no model.", cause: error });
  }
  for (const name of names) {
    const isFile = (await lstat(join(folder, name))).isFile();
    if (!isFile || !allowedFile.test(name)) {
      throw artefactRefused({ jobName, reason: `${name} is not a kind of file that a model may hold.` });
    }
  }
  if (!names.some((name) => name.endsWith(".safetensors"))) {
    throw artefactRefused({ jobName, reason: "it holds no safetensors weights." });
  }
  await readManifest(folder, jobName);
};

const readManifest = async (folder: string, jobName: string): Promise<ModelManifest> => {
  try {
    return ModelManifest.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
  } catch (error) {
    throw artefactRefused({ jobName, reason: "its manifest.json is missing or not valid.", cause: error });
  }
};

/**
 * The record travels with the model, so that the check can be run again after the run folder is gone. It is copied beside
 * the model's folder and then moved in whole: neither a crash nor a second delivery of the same news may find half a record
 * or a file of passing among the model's own.
 */
const copyParityRecord = async (runFolder: string): Promise<void> => {
  const record = join(runFolder, runFolderPaths.parity);
  if (!existsSync(record)) return;
  const partial = `${record}.${randomUUID()}.partial`;
  try {
    await copyFile(record, partial);
    await rename(partial, join(runFolder, runFolderPaths.model, runFolderPaths.parity));
  } finally {
    await rm(partial, { force: true });
  }
};

const sizeOf = async (folder: string): Promise<number> => {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
};
