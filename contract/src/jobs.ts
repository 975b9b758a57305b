import { z } from "zod";
import { DatasetId, ModelId } from "./ids.ts";
import { JobName } from "./training.ts";

/** Payload of each background job by queue name. Workers parse with these; nothing is cast. */
export const jobPayloads = {
  "datasets.check": z.strictObject({ dataset_id: DatasetId }),
  "training.dispatch": z.strictObject({}),
  "training.finished": z.strictObject({ job_name: JobName }),
  "models.parity": z.strictObject({ model_id: ModelId }),
} as const;

export type QueueName = keyof typeof jobPayloads;
export type JobPayload<Name extends QueueName> = z.infer<(typeof jobPayloads)[Name]>;
