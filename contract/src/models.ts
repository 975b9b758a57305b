import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { DeploymentId, ModelId } from "./ids.ts";
import { TuningMethod } from "./hyperparameters.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/**
 * Whether the served model gave the same tokens as the trainer's own model for every golden prompt.
 * `pending` until the check has run; `failed` names how many prompts differed; `error` says why it could not run.
 */
export const Parity = z
  .strictObject({
    verdict: z.enum(["pending", "passed", "failed", "error"]),
    prompts: z.int(),
    mismatches: z.int(),
    message: z.string().nullable(),
    checked_at: Timestamp.nullable(),
  })
  .meta({ id: "Parity" });
export type Parity = z.infer<typeof Parity>;

export const DeploymentStatus = z.enum(["starting", "running", "idle", "failed"]);

export const Deployment = z
  .strictObject({
    id: DeploymentId,
    model_id: ModelId,
    target: z.enum(["local"]),
    status: DeploymentStatus.meta({
      description: "`idle`: no process at present; the next request starts one.",
    }),
    idle_timeout_minutes: z.int(),
    error: z.string().nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "Deployment" });
export type Deployment = z.infer<typeof Deployment>;

export const TunedModel = z
  .strictObject({
    id: ModelId,
    name: z.string().meta({ description: "What the gateway's `model` field says, such as ft:starter:ab12:faq:9xK2." }),
    base_model: z.string(),
    job_name: z.string(),
    dataset_id: z.string(),
    method: TuningMethod,
    size_bytes: z.int(),
    parameters: z.int(),
    context_window: z.int(),
    held_out_loss_before: z.number().nullable(),
    held_out_loss_after: z.number().nullable(),
    parity: Parity,
    deployment: Deployment.nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "TunedModel" });
export type TunedModel = z.infer<typeof TunedModel>;

export const TryOutAnswer = z
  .strictObject({
    model: z.string(),
    content: z.string(),
    finish_reason: z.string(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    latency_ms: z.number(),
    cost_nano_usd: z.int(),
  })
  .meta({ id: "TryOutAnswer" });

export const TryOutRequest = z.strictObject({
  prompt: z.string().min(1).max(100_000),
  max_tokens: z.int().min(1).max(4096).default(128),
  temperature: z.number().min(0).max(2).default(0),
  compare_with_base: z.boolean().default(false),
});

export const TryOutResponse = z
  .strictObject({ tuned: TryOutAnswer, base: TryOutAnswer.nullable() })
  .meta({ id: "TryOutResponse" });

const common = { tag: "Models", dialect: "platform", access: "caller" } as const;
const byId = z.strictObject({ id: ModelId });

export const listModels = defineEndpoint({
  ...common,
  id: "listModels",
  summary: "Your tuned models, newest first",
  method: "GET",
  path: "/api/models",
  scope: "models:read",
  rateClass: "read",
  query: PageQuery,
  responses: {
    200: {
      description: "A page of models",
      schema: z.strictObject({ models: z.array(TunedModel), next_cursor: NextCursor }).meta({ id: "TunedModelList" }),
    },
  },
});

export const getModel = defineEndpoint({
  ...common,
  id: "getModel",
  summary: "One tuned model",
  method: "GET",
  path: "/api/models/{id}",
  scope: "models:read",
  rateClass: "read",
  params: byId,
  responses: { 200: { description: "The model", schema: TunedModel } },
});

export const deleteModel = defineEndpoint({
  ...common,
  id: "deleteModel",
  summary: "Take a model down and delete its files",
  method: "DELETE",
  path: "/api/models/{id}",
  scope: "models:write",
  rateClass: "write",
  params: byId,
  responses: { 204: { description: "Deleted" } },
});

export const downloadModel = defineEndpoint({
  ...common,
  id: "downloadModel",
  summary: "The model's files as model.tar.gz",
  method: "GET",
  path: "/api/models/{id}/download",
  scope: "models:read",
  rateClass: "read",
  params: byId,
  responses: { 200: { description: "The archive", contentType: "application/gzip" } },
});

export const deployModel = defineEndpoint({
  ...common,
  id: "deployModel",
  summary: "Offer a model to the gateway; a process starts with the first request",
  method: "POST",
  path: "/api/models/{id}/deploy",
  scope: "models:write",
  rateClass: "write",
  params: byId,
  body: z.strictObject({
    target: z.enum(["local"]).default("local"),
    idle_timeout_minutes: z.int().min(1).max(1440).default(15),
  }),
  responses: { 201: { description: "The deployment", schema: Deployment } },
});

export const getDeployment = defineEndpoint({
  ...common,
  id: "getDeployment",
  summary: "The deployment of a model",
  method: "GET",
  path: "/api/models/{id}/deploy",
  scope: "models:read",
  rateClass: "read",
  params: byId,
  responses: { 200: { description: "The deployment", schema: Deployment } },
});

export const undeployModel = defineEndpoint({
  ...common,
  id: "undeployModel",
  summary: "Take a model down",
  method: "DELETE",
  path: "/api/models/{id}/deploy",
  scope: "models:write",
  rateClass: "write",
  params: byId,
  responses: { 204: { description: "Taken down" } },
});

export const testModel = defineEndpoint({
  ...common,
  id: "testModel",
  summary: "Ask a tuned model, and its base model beside it",
  method: "POST",
  path: "/api/models/{id}/test",
  scope: "chat",
  rateClass: "spend",
  params: byId,
  body: TryOutRequest,
  responses: { 200: { description: "The answers", schema: TryOutResponse } },
});
