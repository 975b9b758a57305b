import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ModelArtefacts } from "./model-artefacts.ts";
import { goldenPrompts, writeCompletedRun } from "./testing/run-folder.ts";

const jobName = "llm-tune-ab12-starter-20261121-100000-local";
const modelId = "model_abcdefghijkl";
let dataDir: string;
let artefacts: ModelArtefacts;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "artefacts-"));
  artefacts = new ModelArtefacts(dataDir);
});

afterEach(() => rm(dataDir, { recursive: true }));

describe("adopting a model", () => {
  it("moves the files, takes the golden prompts along and describes it", async () => {
    const source = await writeCompletedRun({ dataDir, jobName });
    const { manifest, sizeBytes } = await artefacts.adopt(jobName, modelId);

    expect(manifest).toMatchObject({ parameters: 679_000, context_window: 256 });
    expect(existsSync(source)).toBe(false);
    const names = await readdir(artefacts.folder(modelId));
    expect(names.toSorted()).toEqual(["manifest.json", "model.safetensors", "parity.json", "tokenizer.json"]);
    const contents = await Promise.all(names.map((name) => readFile(join(artefacts.folder(modelId), name))));
    expect(sizeBytes).toBe(contents.reduce((sum, { length }) => sum + length, 0));
    expect((await artefacts.parityRecord(modelId))?.prompts).toEqual(goldenPrompts(["Opening hours?", "Who are you?"]));
  });

  it("gives the same description again after a crash that came behind the move", async () => {
    await writeCompletedRun({ dataDir, jobName });
    const first = await artefacts.adopt(jobName, modelId);
    expect(await artefacts.adopt(jobName, modelId)).toEqual(first);
  });

  it("goes on after a crash between the copy of the golden prompts and the move", async () => {
    const source = await writeCompletedRun({ dataDir, jobName });
    await writeFile(join(source, "parity.json"), '{"schema_version":1,"prompts":[]}');
    await artefacts.adopt(jobName, modelId);
    expect((await artefacts.parityRecord(modelId))?.prompts).toHaveLength(2);
  });

  it("gives the same description to everybody when the news comes several times at once", async () => {
    for (let round = 0; round < 40; round += 1) {
      const name = `${jobName}-${round}`;
      const id = `model_aaaaaaaaaa${round + 10}`;
      await writeCompletedRun({ dataDir, jobName: name });
      const adoptions = Array.from({ length: 4 }, () => artefacts.adopt(name, id));
      const [first, ...others] = await Promise.all(adoptions);
      for (const other of others) expect(other).toEqual(first);
      expect(await readdir(artefacts.folder(id))).toHaveLength(4);
      expect(await readdir(join(dataDir, "runs", name))).not.toContainEqual(expect.stringContaining("partial"));
    }
  });

  it("takes a model without golden prompts", async () => {
    await writeCompletedRun({ dataDir, jobName, parity: null });
    await artefacts.adopt(jobName, modelId);
    expect(await artefacts.parityRecord(modelId)).toBeUndefined();
  });
});

describe("a model that is refused", () => {
  const refused = (reason: string) => ({
    code: "model_artefact_refused",
    message: `The model of job ${jobName} was refused: ${reason}`,
  });

  it.each(["pytorch_model.bin", "model.pt", "optimizer.pkl", "model.pth", "setup.py", "..json.bin", "a b.json"])(
    "holds %s, which may run code or is no model file",
    async (name) => {
      const source = await writeCompletedRun({ dataDir, jobName, files: { [name]: "x" } });
      await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject(
        refused(`${name} is not a kind of file that a model may hold.`),
      );
      expect(existsSync(source)).toBe(true);
      expect(existsSync(artefacts.folder(modelId))).toBe(false);
    },
  );

  it("holds a link that leads out of it, or a folder", async () => {
    const source = await writeCompletedRun({ dataDir, jobName });
    await symlink("/etc/passwd", join(source, "vocab.json"));
    await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject({ code: "model_artefact_refused" });
    await rm(join(source, "vocab.json"));
    await mkdir(join(source, "nested.json"));
    await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject({ code: "model_artefact_refused" });
  });

  it("has no weights", async () => {
    const source = await writeCompletedRun({ dataDir, jobName });
    await rm(join(source, "model.safetensors"));
    await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject(refused("it holds no safetensors weights."));
  });

  it("has a manifest that is no manifest", async () => {
    await writeCompletedRun({ dataDir, jobName, files: { "manifest.json": '{"schema_version": 2}' } });
    await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject(
      refused("its manifest.json is missing or not valid."),
    );
  });

  it("is not there at all", async () => {
    await expect(artefacts.adopt(jobName, modelId)).rejects.toMatchObject(refused("its run folder holds no model."));
  });
});

describe("files without a model", () => {
  it("are removed when they are old enough that no row is about to be written for them", async () => {
    for (const name of ["model_known0000000", "model_orphan000000"])
      await mkdir(artefacts.folder(name), { recursive: true });
    const isKnown = async (id: string) => id === "model_known0000000";
    const later = new Date(Date.now() + 3_700_000);
    expect(await artefacts.removeOrphans(isKnown, new Date())).toEqual([]);
    // The age counts from the move, not from when the trainer wrote the files.
    await utimes(artefacts.folder("model_orphan000000"), new Date(0), new Date(0));
    expect(await artefacts.removeOrphans(isKnown, new Date())).toEqual([]);
    expect(await artefacts.removeOrphans(isKnown, later)).toEqual(["model_orphan000000"]);
    expect(await readdir(join(dataDir, "models"))).toEqual(["model_known0000000"]);
  });

  it("are not looked for where there are no models yet", async () => {
    expect(await artefacts.removeOrphans(async () => false, new Date())).toEqual([]);
  });
});
