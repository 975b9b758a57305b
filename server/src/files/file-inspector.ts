import type { FileWarning, TrainingFileType } from "@llm-tuner/contract/files.ts";

/** What a file holds, as far as its format alone tells. */
export interface FileInspection {
  encoding: string;
  rows: number;
  /** Names of the columns or fields, for a table. */
  columns?: string[];
  /** The first 200 characters. */
  preview: string;
  warnings: FileWarning[];
}

/**
 * Reads a file while it is being uploaded. Rejects with a 400 that names the lines when it cannot become training
 * data; it may do so before the bytes are at their end.
 */
export type FileInspector = (file: {
  name: string;
  type: TrainingFileType;
  bytes: AsyncIterable<Uint8Array>;
}) => Promise<FileInspection>;
