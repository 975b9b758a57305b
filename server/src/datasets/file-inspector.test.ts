import { describe, expect, it } from "vitest";
import { createFileInspector } from "./file-inspector.ts";
import { defaultFormatLimits } from "./formats/format.ts";
import { inPieces } from "./testing/read-file.ts";

const inspect = createFileInspector();

describe("inspecting an upload", () => {
  it("tells what a table holds", async () => {
    const content = `question,answer\n${"a,b\n".repeat(3)}  ,\nc,"d\ne"\n`;
    expect(await inspect({ name: "t.csv", type: ".csv", bytes: inPieces(content, 9) })).toEqual({
      encoding: "utf-8",
      rows: 5,
      columns: ["question", "answer"],
      preview: content,
      warnings: [
        { code: "duplicate_row", message: expect.any(String), line: 3, count: 2 },
        { code: "empty_row", message: expect.any(String), line: 5, count: 1 },
      ],
    });
  });

  it("names the fields of JSON lines, but no column of chats and plain text", async () => {
    const fields = await inspect({ name: "a.jsonl", type: ".jsonl", bytes: inPieces('{"q":"1","a":2}\n') });
    expect(fields.columns).toEqual(["q", "a"]);
    const chat = { messages: [{ role: "assistant", content: "x" }] };
    const chats = await inspect({ name: "a.jsonl", type: ".jsonl", bytes: inPieces(JSON.stringify(chat)) });
    expect(chats).not.toHaveProperty("columns");
    const text = await inspect({ name: "a.txt", type: ".txt", bytes: inPieces("one\n\none") });
    expect(text).toMatchObject({ rows: 2, warnings: [{ code: "duplicate_row", line: 3 }] });
    expect(text).not.toHaveProperty("columns");
  });

  it("follows the limits that it is given", async () => {
    const strict = createFileInspector({ ...defaultFormatLimits, maxRows: 2 });
    const file = { name: "a.txt", type: ".txt" as const, bytes: inPieces("a\n\nb\n\nc") };
    await expect(strict(file)).rejects.toMatchObject({ code: "too_many_rows" });
  });
});
