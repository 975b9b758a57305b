const keptCharacters = 400;

/** Remembers enough of a text that arrives in pieces to quote the line where the unfinished row begins. */
export interface LineFinder {
  /** Adds a piece; `unfinishedFrom` is the line where the row that it continues begins. */
  add(piece: string, unfinishedFrom: number): void;
  /** The beginning of a line, with what follows it. */
  textFrom(line: number): string;
}

export function createLineFinder(): LineFinder {
  let piece = "";
  let pieceLine = 1;
  let lastLine = 1;
  // Of a row that began in an earlier piece.
  let kept = { line: 0, text: "" };

  const within = (line: number): string => {
    let start = 0;
    for (let number = pieceLine; number < line; number += 1) start = piece.indexOf("\n", start) + 1;
    return piece.slice(start, start + keptCharacters);
  };
  const textFrom = (line: number): string => (line === kept.line ? kept.text : within(line));

  return {
    add(next, unfinishedFrom) {
      const text = textFrom(unfinishedFrom);
      kept = { line: unfinishedFrom, text: text.length < keptCharacters ? text + next.slice(0, keptCharacters) : text };
      piece = next;
      pieceLine = lastLine;
      lastLine += next.split("\n").length - 1;
    },
    textFrom,
  };
}
