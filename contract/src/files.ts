import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { FileId } from "./ids.ts";
import { NextCursor, PageQuery, Timestamp } from "./paging.ts";

/** File types that can become training data, by extension. */
export const trainingFileTypes = [".csv", ".txt", ".jsonl"] as const;
export const TrainingFileType = z.enum(trainingFileTypes);
export type TrainingFileType = z.infer<typeof TrainingFileType>;

/** Something about the file that does not stop it from being used. `line` is 1-based. */
export const FileWarning = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    line: z.int().positive().optional(),
    count: z.int().positive().optional(),
    excerpt: z.string().max(200).optional(),
  })
  .meta({ id: "FileWarning" });
export type FileWarning = z.infer<typeof FileWarning>;

export const StoredFile = z
  .strictObject({
    file_id: FileId,
    originalName: z.string(),
    size: z.int().meta({ description: "Bytes." }),
    type: TrainingFileType,
    contentPreview: z.string().meta({ description: "First 200 characters, decoded." }),
    s3_key: z.string().meta({ description: "Object key, in the file store or in S3." }),
    sha256: z.string(),
    encoding: z.string(),
    rows: z.int().optional(),
    columns: z.array(z.string()).optional().meta({ description: "Header of a CSV file." }),
    warnings: z.array(FileWarning).optional(),
    created_at: Timestamp,
  })
  .meta({ id: "StoredFile" });
export type StoredFile = z.infer<typeof StoredFile>;

const common = { tag: "Files", dialect: "platform", access: "caller" } as const;
const byId = z.strictObject({ id: FileId });

export const upload = defineEndpoint({
  ...common,
  id: "upload",
  summary: "Upload training files (multipart field `files`, many)",
  method: "POST",
  path: "/api/upload",
  scope: "files:write",
  rateClass: "upload",
  multipart: true,
  responses: {
    201: {
      description: "The stored files",
      schema: z.strictObject({ message: z.string(), files: z.array(StoredFile) }).meta({ id: "UploadResult" }),
    },
  },
});

export const listFiles = defineEndpoint({
  ...common,
  id: "listFiles",
  summary: "Your files, newest first",
  method: "GET",
  path: "/api/files",
  scope: "files:read",
  rateClass: "read",
  query: PageQuery,
  responses: {
    200: {
      description: "A page of files",
      schema: z.strictObject({ files: z.array(StoredFile), next_cursor: NextCursor }).meta({ id: "FileList" }),
    },
  },
});

export const getFile = defineEndpoint({
  ...common,
  id: "getFile",
  summary: "One file",
  method: "GET",
  path: "/api/files/{id}",
  scope: "files:read",
  rateClass: "read",
  params: byId,
  responses: { 200: { description: "The file", schema: StoredFile } },
});

export const deleteFile = defineEndpoint({
  ...common,
  id: "deleteFile",
  summary: "Delete a file and its bytes",
  method: "DELETE",
  path: "/api/files/{id}",
  scope: "files:write",
  rateClass: "write",
  params: byId,
  responses: { 204: { description: "Deleted" } },
});

export const getFileContent = defineEndpoint({
  ...common,
  id: "getFileContent",
  summary: "The bytes of a file, with range support",
  method: "GET",
  path: "/api/files/{id}/content",
  scope: "files:read",
  rateClass: "read",
  params: byId,
  responses: {
    200: { description: "The bytes", contentType: "application/octet-stream" },
    206: { description: "The requested range", contentType: "application/octet-stream" },
    416: { description: "The range lies outside the file" },
  },
});
