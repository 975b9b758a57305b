import { cutAt } from "./excerpt.ts";
import type { ParseContext, RowBatch, TableRow } from "./format.ts";
import { splitLines } from "./lines.ts";

/** Longest example made of plain text, in characters: about 500 tokens of English. */
export const maxParagraphCharacters = 2000;

const columns = ["text"] as const;

/** Where a text that is too long is cut: after a line, else after a sentence, else after a word. */
function cutPosition(text: string): number {
  const head = cutAt(text, maxParagraphCharacters);
  const half = maxParagraphCharacters / 2;
  const line = head.lastIndexOf("\n");
  if (line >= half) return line + 1;
  const sentence = Math.max(...[". ", "! ", "? ", "。"].map((end) => head.lastIndexOf(end)));
  if (sentence >= half) return sentence + 1;
  const word = head.lastIndexOf(" ");
  return word >= half ? word + 1 : head.length;
}

/** Plain text: paragraphs stand apart by blank lines; each becomes an example, a long one several. */
export async function* parseText(text: AsyncIterable<string>, context: ParseContext): AsyncGenerator<RowBatch> {
  let paragraph = "";
  let firstLine = 1;

  const takeLongParts = (rows: TableRow[]): void => {
    while (paragraph.length > maxParagraphCharacters) {
      const part = paragraph.slice(0, cutPosition(paragraph));
      rows.push({ line: firstLine, values: [part.trim()] });
      firstLine += part.split("\n").length - 1;
      paragraph = paragraph.slice(part.length);
    }
  };
  const takeRest = (rows: TableRow[]): void => {
    if (paragraph.trim() !== "") rows.push({ line: firstLine, values: [paragraph.trim()] });
    paragraph = "";
  };

  for await (const lines of splitLines(text, context)) {
    const rows: TableRow[] = [];
    for (const line of lines) {
      if (line.text.trim() === "") takeRest(rows);
      else {
        if (paragraph === "") firstLine = line.number;
        paragraph += `${line.text}\n`;
        takeLongParts(rows);
      }
    }
    if (rows.length > 0) yield { kind: "table", columns, rows };
  }
  const rows: TableRow[] = [];
  takeRest(rows);
  if (rows.length > 0) yield { kind: "table", columns, rows };
}
