import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { DatasetId, FileId } from "./ids.ts";
import { FileWarning, TrainingFileType } from "./files.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";
import { TokenHistogram } from "./run-folder.ts";

/**
 * How rows become examples.
 * - `prompt_completion`: named columns (or JSON fields) become a question and an answer; several prompt columns
 *   are written as `column: value` lines.
 * - `text`: each row becomes one text, `column: value` pairs for a table.
 * - `messages`: each JSON line holds a chat.
 * `automatic` on the report says that the mapping was chosen by the platform and not by the request.
 */
export const DatasetMapping = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("prompt_completion"),
      prompt_columns: z.array(z.string().min(1).max(500)).min(1).max(100),
      completion_column: z.string().min(1).max(500),
    }),
    z.strictObject({ kind: z.literal("text"), columns: z.array(z.string().min(1).max(500)).max(200).optional() }),
    z.strictObject({ kind: z.literal("messages") }),
  ])
  .meta({ id: "DatasetMapping" });
export type DatasetMapping = z.infer<typeof DatasetMapping>;

/** Counts of tokens in one part of a data set, by the base model's own tokenizer and template. */
export const TokenCounts = z
  .strictObject({
    examples: z.int(),
    tokens: z.int(),
    supervised_tokens: z.int().meta({ description: "Tokens that count in the loss." }),
    truncated_examples: z.int(),
    longest_example_tokens: z.int(),
    histogram: TokenHistogram,
  })
  .meta({ id: "TokenCounts" });
export type TokenCounts = z.infer<typeof TokenCounts>;

export const DatasetExample = z
  .strictObject({
    line: z.int().positive(),
    part: z.enum(["train", "held_out"]),
    prompt: z.string(),
    completion: z.string(),
  })
  .meta({ id: "DatasetExample", description: "A converted example; `prompt` is empty for plain text." });
export type DatasetExample = z.infer<typeof DatasetExample>;

export const DatasetReport = z
  .strictObject({
    format: TrainingFileType,
    mapping: DatasetMapping,
    automatic_mapping: z.boolean(),
    rows: z.int(),
    examples: z.int(),
    train_examples: z.int(),
    held_out_examples: z.int(),
    duplicate_rows: z.int(),
    empty_rows: z.int(),
    problems: z.array(FileWarning).max(50),
    train: TokenCounts,
    held_out: TokenCounts,
  })
  .meta({ id: "DatasetReport" });
export type DatasetReport = z.infer<typeof DatasetReport>;

export const DatasetStatus = z.enum(["checking", "ready", "invalid"]);
export type DatasetStatus = z.infer<typeof DatasetStatus>;

export const Dataset = z
  .strictObject({
    id: DatasetId,
    name: z.string(),
    file_ids: z.array(FileId),
    base_model: z.string(),
    status: DatasetStatus,
    progress: z.number().min(0).max(1),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    report: DatasetReport.nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "Dataset" });
export type Dataset = z.infer<typeof Dataset>;

export const CreateDatasetRequest = z.strictObject({
  file_ids: z.array(FileId).min(1).max(50),
  base_model: z.string().min(1).max(200).default("starter"),
  name: z.string().trim().min(1).max(200).optional(),
  mapping: DatasetMapping.optional(),
  held_out_fraction: z.number().min(0.01).max(0.5).default(0.1),
});
export type CreateDatasetRequest = z.infer<typeof CreateDatasetRequest>;

const common = { tag: "Data sets", dialect: "platform", access: "caller" } as const;
const byId = z.strictObject({ id: DatasetId });

export const createDataset = defineEndpoint({
  ...common,
  id: "createDataset",
  summary: "Check files and convert them to training data",
  method: "POST",
  path: "/api/datasets",
  scope: "files:write",
  rateClass: "write",
  body: CreateDatasetRequest,
  responses: {
    201: { description: "Checked and ready", schema: Dataset },
    202: { description: "Still being checked: ask again", schema: Dataset },
  },
});

export const listDatasets = defineEndpoint({
  ...common,
  id: "listDatasets",
  summary: "Your data sets, newest first",
  method: "GET",
  path: "/api/datasets",
  scope: "files:read",
  rateClass: "read",
  query: PageQuery,
  responses: {
    200: {
      description: "A page of data sets",
      schema: z.strictObject({ datasets: z.array(Dataset), next_cursor: NextCursor }).meta({ id: "DatasetList" }),
    },
  },
});

export const getDataset = defineEndpoint({
  ...common,
  id: "getDataset",
  summary: "One data set with its report",
  method: "GET",
  path: "/api/datasets/{id}",
  scope: "files:read",
  rateClass: "read",
  params: byId,
  responses: { 200: { description: "The data set", schema: Dataset } },
});

export const previewDataset = defineEndpoint({
  ...common,
  id: "previewDataset",
  summary: "The first converted examples of a part",
  method: "GET",
  path: "/api/datasets/{id}/preview",
  scope: "files:read",
  rateClass: "read",
  params: byId,
  query: z.strictObject({
    part: z.enum(["train", "held_out"]).default("train"),
    limit: z.coerce.number().int().min(1).max(100).default(10),
  }),
  responses: {
    200: {
      description: "Examples",
      schema: z.strictObject({ examples: z.array(DatasetExample) }).meta({ id: "DatasetPreview" }),
    },
  },
});

export const deleteDataset = defineEndpoint({
  ...common,
  id: "deleteDataset",
  summary: "Delete a data set; its files stay",
  method: "DELETE",
  path: "/api/datasets/{id}",
  scope: "files:write",
  rateClass: "write",
  params: byId,
  responses: { 204: { description: "Deleted" } },
});
