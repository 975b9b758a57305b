import { readMessages } from "./chat-messages.ts";
import { checkColumns } from "./columns.ts";
import { cleanText, excerptOf } from "./excerpt.ts";
import { isRecord } from "./json-value.ts";
import type { ChatRow, ParseContext, RowBatch, TableRow } from "./format.ts";
import { splitLines, type Line } from "./lines.ts";

/** What the first line showed: chats, or the fields that every line may have. */
type Shape = { kind: "chat" } | TableShape;
interface TableShape {
  kind: "table";
  columns: readonly string[];
  known: ReadonlySet<string>;
}

type JsonObject = Record<string, unknown>;

function parseObject(line: Line, { notes }: ParseContext): JsonObject | undefined {
  const place = { line: line.number, text: line.text };
  try {
    const value: unknown = JSON.parse(line.text);
    if (isRecord(value)) return value;
    notes.fault({ ...place, code: "data_type", message: "must be a JSON object in braces" });
  } catch {
    notes.fault({ ...place, code: "invalid_json", message: "is not valid JSON" });
  }
  return undefined;
}

function shapeOf(object: JsonObject, line: Line, { notes }: ParseContext): Shape {
  if ("messages" in object) return { kind: "chat" };
  const columns = Object.keys(object);
  checkColumns({ names: columns, line: line.number, notes });
  return { kind: "table", columns, known: new Set(columns) };
}

function chatRow(object: JsonObject, line: Line, { notes }: ParseContext): ChatRow | undefined {
  const place = { line: line.number, text: line.text };
  for (const name of Object.keys(object)) {
    if (name === "tools" || name === "functions") {
      notes.fault({
        ...place,
        code: "unsupported_field",
        message: `has "${name}", which cannot be tuned on`,
        column: name,
      });
      return undefined;
    }
    if (name !== "messages")
      notes.warn({ code: "field_ignored", message: `Fields beside "messages" were left out.`, ...place });
  }
  const result = readMessages(object.messages);
  if ("messages" in result) return { line: line.number, messages: result.messages };
  notes.fault({ ...place, ...result.fault });
  return undefined;
}

const scalar = (value: unknown): string | undefined => {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return cleanText(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
};

function tableRow({
  object,
  shape,
  line,
  context,
}: {
  object: JsonObject;
  shape: TableShape;
  line: Line;
  context: ParseContext;
}): TableRow | undefined {
  const place = { line: line.number, text: line.text };
  const stranger = Object.keys(object).find((name) => !shape.known.has(name));
  if (stranger !== undefined) {
    context.notes.fault({
      ...place,
      code: "mixed_shapes",
      column: stranger,
      message: `has the field "${excerptOf(stranger)}", which the first line does not have`,
    });
    return undefined;
  }
  const values: string[] = [];
  for (const name of shape.columns) {
    const value = scalar(Object.hasOwn(object, name) ? object[name] : undefined);
    if (value === undefined) {
      context.notes.fault({
        ...place,
        code: "unsupported_value",
        column: name,
        message: `has a list or an object in the field "${excerptOf(name)}"; a text or a number is needed`,
      });
      return undefined;
    }
    values.push(value);
  }
  return { line: line.number, values };
}

/** One JSON object a line: chats with `messages`, or objects with the same flat fields. The first line decides which. */
export async function* parseJsonl(text: AsyncIterable<string>, context: ParseContext): AsyncGenerator<RowBatch> {
  let shape: Shape | undefined;
  for await (const lines of splitLines(text, context)) {
    const chats: ChatRow[] = [];
    const rows: TableRow[] = [];
    for (const line of lines) {
      if (line.text.trim() === "") continue;
      const object = parseObject(line, context);
      if (!object) continue;
      shape ??= shapeOf(object, line, context);
      if (shape.kind === "chat") {
        const chat = chatRow(object, line, context);
        if (chat) chats.push(chat);
      } else {
        const row = tableRow({ object, shape, line, context });
        if (row) rows.push(row);
      }
    }
    if (chats.length > 0) yield { kind: "chat", rows: chats };
    if (rows.length > 0 && shape?.kind === "table") yield { kind: "table", columns: shape.columns, rows };
  }
}
