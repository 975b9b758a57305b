import type { ParseContext } from "./format.ts";
import { lineTooLong } from "./row-faults.ts";

export interface Line {
  number: number;
  text: string;
}

/** Whether a text has more bytes in UTF-8 than allowed; counts only where its length leaves a doubt. */
const isLongerThan = (text: string, maxBytes: number): boolean =>
  text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes);

/** Cuts text into lines, those of one piece at a time. A line that grows past the limit is refused while it grows. */
export async function* splitLines(
  text: AsyncIterable<string>,
  { limits, notes }: ParseContext,
): AsyncGenerator<Line[]> {
  const maxBytes = limits.maxLineBytes;
  let number = 1;
  let unfinished = "";

  const checked = (line: string): string =>
    isLongerThan(line, maxBytes) ? notes.fatal(lineTooLong({ line: number, text: line, maxBytes })) : line;

  for await (const piece of text) {
    const parts = (unfinished + piece).split("\n");
    unfinished = parts.pop() ?? "";
    const lines = parts.map((part) => {
      const line = { number, text: checked(part) };
      number += 1;
      return line;
    });
    if (lines.length > 0) yield lines;
    checked(unfinished);
  }
  if (unfinished !== "") yield [{ number, text: unfinished }];
}
