import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

export const baseModelsSettings = {
  starterModelDir: setting({
    env: "STARTER_MODEL_DIR",
    description: "Folder of the bundled starter model. A relative path begins at the root of the project.",
    schema: z.string().min(1).default("trainer/starter/model"),
  }),
  modelsDir: setting({
    env: "MODELS_DIR",
    description:
      "Folder whose sub-folders are offered as base models: each in Hugging Face layout, with config.json, tokenizer.json and *.safetensors. Empty: none.",
    schema: z.string().default(""),
  }),
  allowHubModels: setting({
    env: "ALLOW_HUB_MODELS",
    description: "Whether models may be fetched from the Hugging Face hub: GPT-2 by name, any other as owner/name.",
    schema: z.stringbool().default(true),
  }),
} as const;
