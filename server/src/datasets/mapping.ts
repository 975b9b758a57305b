import type { DatasetMapping } from "@llm-tuner/contract/datasets.ts";
import type { TrainingExample } from "@llm-tuner/contract/run-folder.ts";
import { recogniseColumns } from "./column-roles.ts";
import { filesDiffer, mappingDoesNotFit, missingColumn } from "./datasets.errors.ts";
import type { ChatRow, RowBatch, TableRow } from "./formats/format.ts";

/** A row as an example with what a person sees of it; undefined when there is nothing in it to learn. */
export interface MappedRow {
  line: number;
  example: TrainingExample;
  prompt: string;
  completion: string;
}

export type RowMapper = (batch: RowBatch) => (MappedRow | undefined)[];

/** How rows of these columns become examples when the request does not say. */
export function chooseMapping(columns: readonly string[] | undefined): DatasetMapping {
  if (!columns) return { kind: "messages" };
  const recognised = recogniseColumns(columns);
  if (recognised) {
    return { kind: "prompt_completion", prompt_columns: recognised.prompts, completion_column: recognised.completion };
  }
  const last = columns.at(-1);
  if (last === undefined || columns.length === 1) return { kind: "text" };
  // A table without known names teaches to tell its last column from the others.
  return { kind: "prompt_completion", prompt_columns: columns.slice(0, -1), completion_column: last };
}

interface Column {
  name: string;
  position: number;
}

/** One column stands alone; several become `column: value` lines, of which empty ones are left out. */
function writeColumns(columns: readonly Column[], { values }: TableRow): string {
  const filled = columns.flatMap(({ name, position }) => {
    const value = values[position]?.trim() ?? "";
    return value === "" ? [] : [columns.length === 1 ? value : `${name}: ${value}`];
  });
  return filled.join("\n");
}

function mapPair(row: TableRow, prompts: readonly Column[], completions: readonly Column[]): MappedRow | undefined {
  const prompt = writeColumns(prompts, row);
  const completion = writeColumns(completions, row);
  if (prompt === "" || completion === "") return undefined;
  const messages = [
    { role: "user" as const, content: prompt },
    { role: "assistant" as const, content: completion },
  ];
  return { line: row.line, example: { messages }, prompt, completion };
}

function mapText(row: TableRow, columns: readonly Column[]): MappedRow | undefined {
  const text = writeColumns(columns, row);
  return text === "" ? undefined : { line: row.line, example: { text }, prompt: "", completion: text };
}

function mapChat({ line, messages }: ChatRow): MappedRow | undefined {
  const isLearnt = messages.some(
    ({ role, content, weight }) => role === "assistant" && weight !== 0 && content.trim() !== "",
  );
  if (!isLearnt) return undefined;
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const prompt = messages.slice(0, last).map(({ role, content }) => `${role}: ${content}`);
  return { line, example: { messages }, prompt: prompt.join("\n"), completion: messages[last]?.content ?? "" };
}

/** The positions of named columns in a file's table, whatever the case of the names unless that is ambiguous. */
function locate(names: readonly string[], columns: readonly string[], fileName: string): Column[] {
  return names.map((name) => {
    const exact = columns.indexOf(name);
    const alike = columns.filter((column) => column.toLowerCase() === name.toLowerCase());
    const position = exact >= 0 ? exact : alike.length === 1 ? columns.indexOf(alike[0] ?? name) : -1;
    if (position < 0) throw missingColumn({ fileName, column: name, columns });
    return { name: columns[position] ?? name, position };
  });
}

/** Makes examples of the rows of one file by a mapping; throws a 422 when the file does not have what it names. */
export function createRowMapper({
  mapping,
  columns,
  fileName,
}: {
  mapping: DatasetMapping;
  /** Undefined for chats. */
  columns: readonly string[] | undefined;
  fileName: string;
}): RowMapper {
  if (mapping.kind === "messages") {
    if (columns) throw mappingDoesNotFit(fileName, "holds rows and no chats, so the mapping cannot be messages");
    return (batch) => (batch.kind === "chat" ? batch.rows.map(mapChat) : []);
  }
  if (!columns) throw mappingDoesNotFit(fileName, `holds chats, so the mapping must be messages`);
  if (mapping.kind === "text") {
    const wanted = mapping.columns === undefined || mapping.columns.length === 0 ? columns : mapping.columns;
    const located = locate(wanted, columns, fileName);
    return (batch) => (batch.kind === "table" ? batch.rows.map((row) => mapText(row, located)) : []);
  }
  const prompts = locate(mapping.prompt_columns, columns, fileName);
  const completions = locate([mapping.completion_column], columns, fileName);
  return (batch) => (batch.kind === "table" ? batch.rows.map((row) => mapPair(row, prompts, completions)) : []);
}

/** Throws unless a further file has the columns of the first: an automatic mapping was chosen by those. */
export function checkSameColumns(
  fileName: string,
  columns: readonly string[] | undefined,
  first: readonly string[] | undefined,
): void {
  if ((columns === undefined) !== (first === undefined)) throw filesDiffer(fileName, "only one of them holds chats");
  const stranger = columns?.find((name) => !first?.includes(name));
  if (stranger !== undefined) throw filesDiffer(fileName, `it has a column ${stranger.slice(0, 100)}`);
  const missing = first?.find((name) => !columns?.includes(name));
  if (missing !== undefined) throw filesDiffer(fileName, `it lacks the column ${missing.slice(0, 100)}`);
}
