import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { Hyperparameters } from "./hyperparameters.ts";

/** A model that can be tuned. `name` is what a job's `base_model` and the gateway's `model` say. */
export const BaseModel = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    source: z.enum(["bundled", "folder", "hub"]),
    parameters: z.int().nullable(),
    context_window: z.int().nullable().meta({ description: "Tokens; null until the model has been read." }),
    default_hyperparameters: Hyperparameters,
  })
  .meta({ id: "BaseModel" });
export type BaseModel = z.infer<typeof BaseModel>;

export const listBaseModels = defineEndpoint({
  id: "listBaseModels",
  tag: "Tuning",
  dialect: "platform",
  access: "caller",
  summary: "Models that can be tuned, with their default hyperparameters",
  method: "GET",
  path: "/api/base-models",
  scope: "training:read",
  rateClass: "read",
  responses: {
    200: {
      description: "Base models",
      schema: z.strictObject({ base_models: z.array(BaseModel) }).meta({ id: "BaseModelList" }),
    },
  },
});
