import { cp, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Hyperparameters } from "@llm-tuner/contract/hyperparameters.ts";
import { BaseModel } from "@llm-tuner/contract/base-models.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { baseModelsSettings } from "./base-models.config.ts";
import { createBaseModelsModule } from "./base-models.module.ts";

const root = await mkdtemp(join(tmpdir(), "base-models-"));
afterAll(() => rm(root, { recursive: true, force: true }));
let modelsDir: string;
beforeEach(async () => {
  modelsDir = await mkdtemp(join(root, "models-"));
});

const tensors = { wte: { dtype: "F32", shape: [4096, 128] }, bias: { dtype: "F32", shape: [128] } };

async function writeModel(path: string, { modelType = "llama", header }: { modelType?: string; header?: Buffer } = {}) {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "config.json"), JSON.stringify({ model_type: modelType, max_position_embeddings: 2048 }));
  await writeFile(join(path, "tokenizer.json"), "{}");
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...tensors }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(join(path, "model.safetensors"), header ?? Buffer.concat([length, json]));
}

const create = (overrides: Partial<Parameters<typeof createBaseModelsModule>[0]["config"]> = {}) =>
  createBaseModelsModule({ log: silentLog, config: configOf(baseModelsSettings, { modelsDir, ...overrides }) });

describe("the bundled model", () => {
  it("is offered with what its files say", () => {
    const starter = create().find("starter");
    expect(starter).toMatchObject({
      origin: "bundled",
      source: { kind: "folder", path: resolve(import.meta.dirname, "../../../trainer/starter/model") },
      parameters: expect.any(Number),
      context_window: expect.any(Number),
    });
    expect(starter?.parameters).toBeGreaterThan(100_000);
  });

  it("gives way to no folder of that name", async () => {
    await writeModel(join(modelsDir, "starter"));
    expect(create().find("starter")?.origin).toBe("bundled");
  });
});

describe("a folder of models", () => {
  it("offers each that is complete, by the name of its folder", async () => {
    await writeModel(join(modelsDir, "my-llama"));
    await mkdir(join(modelsDir, "not-a-model"));
    await writeFile(join(modelsDir, "notes.txt"), "x");
    const models = create();
    expect(models.find("my-llama")).toMatchObject({
      origin: "folder",
      parameters: 4096 * 128 + 128,
      context_window: 2048,
      source: { kind: "folder", path: join(modelsDir, "my-llama") },
      default_hyperparameters: { method: "lora" },
    });
    expect(models.find("not-a-model")).toBeUndefined();
    expect(models.find("notes.txt")).toBeUndefined();
    expect(models.list().map(({ name }) => name)).toEqual([
      "starter",
      "my-llama",
      "distilgpt2",
      "gpt2",
      "gpt2-medium",
      "gpt2-large",
      "gpt2-xl",
    ]);
  });

  it("comes before the hub, with the defaults of its architecture", async () => {
    await writeModel(join(modelsDir, "gpt2"), { modelType: "gpt2" });
    expect(create().find("gpt2")).toMatchObject({
      source: { kind: "folder" },
      default_hyperparameters: {
        learning_rate: 1e-3,
        batch_size: 32,
        epochs: 10,
        optimizer: "adam",
        max_sequence_length: 2048,
      },
    });
  });

  it("is read again when a model was put in or changed", async () => {
    const models = create();
    expect(models.find("late")).toBeUndefined();
    await mkdir(join(modelsDir, "late"));
    expect(models.find("late")).toBeUndefined();
    await writeModel(join(modelsDir, "late"));
    await utimes(join(modelsDir, "late"), new Date(), new Date(Date.now() + 5000));
    expect(models.find("late")?.parameters).toBe(4096 * 128 + 128);
  });

  it("is not followed out of itself", async () => {
    const outside = join(root, "outside");
    await writeModel(outside);
    await symlink(outside, join(modelsDir, "linked"));
    await writeModel(join(modelsDir, "partly"));
    await rm(join(modelsDir, "partly/tokenizer.json"));
    await symlink(join(outside, "tokenizer.json"), join(modelsDir, "partly/tokenizer.json"));
    const models = create();
    expect(models.find("linked")).toBeUndefined();
    expect(models.find("partly")).toBeUndefined();
  });

  it("may hold links that stay inside, as the hub's own cache does", async () => {
    await writeModel(join(modelsDir, "cached"));
    await mkdir(join(modelsDir, "blobs"));
    await rename(join(modelsDir, "cached/model.safetensors"), join(modelsDir, "blobs/abc"));
    await symlink("../blobs/abc", join(modelsDir, "cached/model.safetensors"));
    expect(create().find("cached")?.origin).toBe("folder");
  });

  it.each(["../outside", "..", ".", "/etc", "a/../b", "a\\b", "a\0", "", "-x", "x".repeat(200)])(
    "has no model named %j",
    async (name) => {
      await writeModel(join(root, "outside"));
      expect(create({ allowHubModels: false }).find(name)).toBeUndefined();
    },
  );

  it.each([
    ["a header longer than the file", Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x7b])],
    ["no header", Buffer.from([1])],
    ["a header that is no JSON", Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("nope")])],
  ])("leaves out weights with %s", async (_what, header) => {
    await writeModel(join(modelsDir, "broken"), { header });
    expect(create().find("broken")).toBeUndefined();
  });

  it("may be missing", () => {
    expect(create({ modelsDir: join(root, "missing") }).list()[0]?.name).toBe("starter");
  });
});

describe("the hub", () => {
  it("offers any model by owner and name", () => {
    expect(create().find("HuggingFaceTB/SmolLM2-135M")).toMatchObject({
      origin: "hub",
      source: { kind: "hub", repository: "HuggingFaceTB/SmolLM2-135M", revision: "main" },
      parameters: null,
    });
    expect(create().find("gpt2")?.source).toEqual({
      kind: "hub",
      repository: "openai-community/gpt2",
      revision: "main",
    });
  });

  it.each(["a/b/c", "../b", "a/..", "a/b..c", "/b", "a/", "a b/c", "https://hub/a"])(
    "has no model named %j",
    (name) => {
      expect(create().find(name)).toBeUndefined();
    },
  );

  it("can be switched off", () => {
    const models = create({ allowHubModels: false });
    expect(models.find("gpt2")).toBeUndefined();
    expect(models.find("a/b")).toBeUndefined();
    expect(models.list().map(({ name }) => name)).toEqual(["starter"]);
  });
});

describe("an unknown model", () => {
  it("is a 422 that names what exists", () => {
    expect(() => create({ allowHubModels: false }).demand("gpt9")).toThrow(
      expect.objectContaining({
        code: "unknown_base_model",
        status: 422,
        message: "There is no base model gpt9. There are: starter.",
      }),
    );
    expect(create().demand("starter").name).toBe("starter");
  });
});

describe("GET /api/base-models", () => {
  it("lists the models without their paths", async () => {
    await writeModel(join(modelsDir, "my-llama"));
    await cp(join(modelsDir, "my-llama"), join(modelsDir, "other"), { recursive: true });
    const app = await createTestApp({
      modules: [create()],
      authenticator: authenticatorOf({ ann: testCaller({ userId: "user_ann" }) }),
    });
    const response = await app.inject({ url: "/api/base-models", headers: { authorization: "Bearer ann" } });
    await app.close();
    expect(response.statusCode).toBe(200);
    const { base_models: models } = response.json<{ base_models: unknown[] }>();
    expect(models).toHaveLength(8);
    expect(models.map((model) => BaseModel.parse(model).source).slice(0, 2)).toEqual(["bundled", "folder"]);
    expect(response.body).not.toContain(modelsDir);
  });

  it("offers defaults that a job may have", () => {
    for (const { default_hyperparameters } of create().list()) {
      expect(Hyperparameters.parse(default_hyperparameters)).toEqual(default_hyperparameters);
    }
  });
});
