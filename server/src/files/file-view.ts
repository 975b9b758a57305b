import type { StoredFile } from "@llm-tuner/contract/files.ts";
import type { FileRecord } from "./files.store.ts";

/** A file as its owner sees it. */
export const toStoredFile = (file: FileRecord): StoredFile => ({
  file_id: file.id,
  originalName: file.originalName,
  size: file.bytes,
  type: file.type,
  contentPreview: file.preview,
  s3_key: file.objectKey,
  sha256: file.sha256,
  encoding: file.encoding,
  rows: file.rows,
  ...(file.columns ? { columns: file.columns } : {}),
  ...(file.warnings.length > 0 ? { warnings: file.warnings } : {}),
  created_at: file.createdAt.toISOString(),
});
