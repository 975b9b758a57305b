import { z } from "zod";
import { DatasetId, DocumentJobId, ModelId, UserId } from "./ids.ts";
import { JobName } from "./training.ts";

/** Payload of each background job by queue name. Workers parse with these; nothing is cast. */
export const jobPayloads = {
  /** Holds no address of a link: whoever sends the mail makes it, so that no copy of the queue is a credential. */
  "accounts.mail": z.strictObject({ mail_id: z.string().regex(/^mt_[0-9A-Za-z]{22}$/) }),
  "accounts.erase": z.strictObject({ user_id: UserId }),
  /** There may be a document to work on. */
  "documents.dispatch": z.strictObject({}),
  "documents.finished": z.strictObject({ job_id: DocumentJobId }),
  /** Files whose documents were deleted; those that another document has meanwhile stay. */
  "documents.delete-objects": z.strictObject({ object_keys: z.array(z.string()).min(1).max(200) }),
  "tagging.evaluate": z.strictObject({ evaluation_id: z.string().regex(/^eval_[0-9A-Za-z]{22}$/) }),
  "datasets.check": z.strictObject({ dataset_id: DatasetId }),
  "training.dispatch": z.strictObject({}),
  "training.finished": z.strictObject({ job_name: JobName }),
  "models.parity": z.strictObject({ model_id: ModelId }),
} as const;

export type QueueName = keyof typeof jobPayloads;
export type JobPayload<Name extends QueueName> = z.infer<(typeof jobPayloads)[Name]>;
