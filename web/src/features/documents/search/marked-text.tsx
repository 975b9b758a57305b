import type { Highlight } from "@llm-tuner/contract/documents.ts";
import { piecesOf } from "./highlight-pieces.ts";

/** Text with what was searched for marked in it; never read as HTML. */
export const MarkedText = ({ highlight }: { highlight: Highlight }) =>
  piecesOf(highlight).map(({ start, text, isMarked }) =>
    isMarked ? (
      <mark key={start} className="rounded-sm bg-accent-soft font-semibold text-accent-text">
        {text}
      </mark>
    ) : (
      <span key={start}>{text}</span>
    ),
  );
