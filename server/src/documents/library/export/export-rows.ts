import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { CsvRow } from "../../../platform/csv/write-csv.ts";
import { safeCell } from "../../spreadsheets/safe-cell.ts";
import type { Cell } from "./xlsx.ts";

export interface ExportedDocument {
  document: DocumentSummary;
  /** Absent where it was not asked for. */
  text?: string;
}

const columns = [
  "id",
  "title",
  "file_name",
  "source_url",
  "status",
  "language",
  "page_count",
  "word_count",
  "accepted_tags",
  "suggested_tags",
  "tagger",
  "cost_usd",
  "error",
  "created_at",
  "completed_at",
] as const;

export const exportColumns = (withText: boolean): string[] => [...columns, ...(withText ? ["text"] : [])];

// No tag holds a semicolon.
const tagsIn = ({ tags }: DocumentSummary, wanted: string): string =>
  tags
    .filter(({ state }) => state === wanted)
    .map(({ tag }) => tag)
    .join("; ");

export const toCsvRow = ({ document, text }: ExportedDocument): CsvRow => ({
  ...document,
  accepted_tags: tagsIn(document, "accepted"),
  suggested_tags: tagsIn(document, "suggested"),
  error: document.error?.message ?? null,
  text,
});

const toCell = (value: unknown): Cell => {
  if (typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "string" ? safeCell(value) : null;
};

export const toXlsxRow =
  (names: readonly string[]) =>
  (exported: ExportedDocument): Cell[] => {
    const row = toCsvRow(exported);
    return names.map((name) => toCell(row[name]));
  };

export const toJsonLine = ({ document, text }: ExportedDocument): string =>
  `${JSON.stringify(text === undefined ? document : { ...document, text })}\n`;
