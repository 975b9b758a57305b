import { DocumentJobStatus, DocumentJobType, jobSorts } from "@llm-tuner/contract/document-jobs.ts";
import { DocumentStatus, documentSorts } from "@llm-tuner/contract/documents.ts";
import { DocumentJobId } from "@llm-tuner/contract/ids.ts";
import { TagName } from "@llm-tuner/contract/tags.ts";
import { z } from "zod";

/** Whatever a person typed wrongly into the address is left out. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** Counted from 1. */
const page = optional(z.int().min(1).max(20_000));
const language = optional(z.string().min(2).max(12));

/** Filters of the list of documents, as they stand in the address. */
export const DocumentListSearch = z.object({
  status: optional(DocumentStatus),
  tag: optional(TagName),
  language,
  job_id: optional(DocumentJobId),
  sort: optional(z.enum(documentSorts)),
  page,
});
export type DocumentListSearch = z.infer<typeof DocumentListSearch>;

export const JobListSearch = z.object({
  status: optional(DocumentJobStatus),
  job_type: optional(DocumentJobType),
  sort: optional(z.enum(jobSorts)),
  page,
});
export type JobListSearch = z.infer<typeof JobListSearch>;

/** Which of a job's documents are shown. */
export const JobSearch = z.object({ status: optional(DocumentStatus), page });
export type JobSearch = z.infer<typeof JobSearch>;

export const SearchSearch = z.object({
  query: optional(z.string().trim().min(1).max(300)),
  tag: optional(TagName),
  language,
  status: optional(DocumentStatus),
  page,
});
export type SearchSearch = z.infer<typeof SearchSearch>;

/** A search without what is not set: the platform's schemas know no `undefined`. */
export const given = <Search extends object>(
  search: Search,
): { [Key in keyof Search]: Exclude<Search[Key], undefined> } =>
  // What is left are the same keys with the same values.
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Search]: Exclude<Search[Key], undefined>;
  };
