import type { Highlight } from "@llm-tuner/contract/documents.ts";

interface Piece {
  /** Where it begins in the text. */
  start: number;
  text: string;
  isMarked: boolean;
}

/** A text cut at its marks, in order. Marks that overlap, lie outside or are empty do no harm. */
export const piecesOf = ({ text, marks }: Highlight): Piece[] => {
  const pieces: Piece[] = [];
  let done = 0;
  const take = (end: number, isMarked: boolean): void => {
    if (end <= done) return;
    pieces.push({ start: done, text: text.slice(done, end), isMarked });
    done = end;
  };
  for (const { start, end } of [...marks].sort((one, other) => one.start - other.start)) {
    take(Math.min(start, text.length), false);
    take(Math.min(end, text.length), true);
  }
  take(text.length, false);
  return pieces;
};
