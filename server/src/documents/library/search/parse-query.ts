import { wordsOf } from "../../../platform/text/words.ts";
import { foldedCharacters, foldWord } from "./lexemes.ts";

/** A word that is searched for, or a stretch of a script without spaces; with its place in the query. */
export type QueryPiece = { start: number; end: number } & (
  | { kind: "word"; folded: string }
  | { kind: "pairs"; characters: string[] }
);

/** One or more pieces that follow each other. */
export interface QueryTerm {
  pieces: QueryPiece[];
  /** In quotation marks: as it is written, without other forms of the words. */
  quoted: boolean;
  /** Behind a minus: what has it is not a hit. */
  negated: boolean;
  /** The last word may be the beginning of a longer one: it may still be being typed. */
  open: boolean;
}

/** One term of each group must be there. */
export interface SearchQuery {
  text: string;
  groups: QueryTerm[][];
}

const maxTerms = 16;
const maxPieces = 24;
/** So few letters begin too many words. */
const minOpenCharacters = 3;

// A quotation mark that is never closed reaches to the end.
const part = /(?<![^\s])(?<minus>-?)(?:"(?<quote>[^"]*)"?|(?<plain>[^\s"]+))|"(?<inner>[^"]*)"?|[^\s"]+/gu;

const piecesOf = (text: string, offset: number): QueryPiece[] =>
  [...wordsOf(text)].flatMap((word): QueryPiece[] => {
    const place = { start: offset + word.start, end: offset + word.end };
    if (word.unspaced) {
      const characters = foldedCharacters(word);
      return characters.length === 0 ? [] : [{ kind: "pairs", characters, ...place }];
    }
    const folded = foldWord(word.text);
    return folded === "" ? [] : [{ kind: "word", folded, ...place }];
  });

function openLast(groups: readonly QueryTerm[][]): void {
  const last = groups.at(-1)?.at(-1);
  const piece = last?.pieces.at(-1);
  if (last === undefined || last.quoted || last.negated || piece?.kind !== "word") return;
  last.open = piece.folded.length >= minOpenCharacters;
}

/**
 * Reads what a person typed: words that must all be there, `"a phrase"`, `-without`, and `this OR that`. Whatever else
 * it holds only separates words, so that no text is an error; one without a letter or digit has no groups.
 */
export function parseQuery(text: string): SearchQuery {
  const groups: QueryTerm[][] = [];
  let joinsLast = false;
  let pieces = 0;
  for (const match of text.matchAll(part)) {
    const { minus, quote, plain, inner } = match.groups ?? {};
    const lastGroup = groups.at(-1);
    if (match[0] === "OR" && lastGroup !== undefined) {
      joinsLast = true;
      continue;
    }
    const found = piecesOf(match[0], match.index);
    pieces += found.length;
    if (found.length === 0) continue;
    if (groups.length >= maxTerms || pieces > maxPieces) break;
    const quoted = (quote ?? inner) !== undefined;
    const negated = minus === "-" && (quoted || plain !== undefined);
    const term = { pieces: found, quoted, negated, open: false };
    if (joinsLast && lastGroup !== undefined && !negated) lastGroup.push(term);
    else groups.push([term]);
    joinsLast = false;
  }
  openLast(groups);
  return { text, groups };
}
