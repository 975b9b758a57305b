import { editDistance } from "./edit-distance.ts";
import { likenessOf } from "./spelled-alike.ts";
import { parseQuery, type QueryPiece, type QueryTerm, type SearchQuery } from "./parse-query.ts";

export interface KnownWord {
  word: string;
  documents: number;
}

type WordPiece = Extract<QueryPiece, { kind: "word" }>;

export interface CorrectableWord {
  piece: WordPiece;
  term: QueryTerm;
}

const minCharacters = 4;
const maxCorrectedWords = 5;

/** Words that may be misspelled: long enough, wanted, not in quotation marks, and no numbers. */
export function correctableWords({ groups }: SearchQuery): CorrectableWord[] {
  const terms = groups.flat().filter(({ quoted, negated }) => !quoted && !negated);
  return terms
    .flatMap((term) => term.pieces.map((piece) => ({ piece, term })))
    .filter((found): found is CorrectableWord => found.piece.kind === "word")
    .filter(({ piece: { folded } }) => folded.length >= minCharacters && !/\p{N}/u.test(folded))
    .slice(0, maxCorrectedWords);
}

/** It asks for one word and for nothing beside it. */
export const isOneWord = ({ groups }: SearchQuery): boolean => {
  const terms = groups.flat();
  return terms.length === 1 && terms[0]?.pieces.length === 1;
};

/** One letter in short words may be wrong, two in longer ones. */
const allowedMistakes = (word: string): number => (word.length <= 5 ? 1 : 2);

/**
 * How words may begin that a word stands for: its first half as it is, with two letters swapped, or with one too many taken
 * out. What other mistakes there do is left to chance.
 */
export function likelyBeginnings(word: string): string[] {
  const letters = Array.from(word);
  const length = Math.max(3, Math.ceil(letters.length / 2));
  const beginningOf = (changed: readonly string[]) => changed.slice(0, length).join("");
  const swapped = Array.from({ length }, (_, place) =>
    beginningOf([
      ...letters.slice(0, place),
      ...letters.slice(place, place + 2).toReversed(),
      ...letters.slice(place + 2),
    ]),
  );
  const without = Array.from({ length }, (_, place) => beginningOf(letters.toSpliced(place, 1)));
  return [...new Set([beginningOf(letters), ...swapped, ...without])];
}

/** The word that was most probably meant: fewest mistakes, then the same first letter, most documents, and most alike. */
export function likeliest(word: string, known: readonly KnownWord[]): string | undefined {
  const candidates = known
    .filter((candidate) => candidate.word !== word)
    .map((candidate) => ({
      ...candidate,
      mistakes: editDistance(word, candidate.word),
      otherStart: candidate.word[0] === word[0] ? 0 : 1,
      likeness: likenessOf(word, candidate.word),
    }))
    .filter(({ mistakes }) => mistakes <= allowedMistakes(word))
    .toSorted(
      (a, b) =>
        a.mistakes - b.mistakes || a.otherStart - b.otherStart || b.documents - a.documents || b.likeness - a.likeness,
    );
  return candidates[0]?.word;
}

/** Titles that are less alike, as pg_trgm says it, are not looked at. */
export const leastTitleLikeness = 0.3;

/**
 * How alike a title is at least, as pg_trgm says it, that holds the word without one mistake: swapped letters cost most,
 * four of the trigrams on either side. A little less, since numbers are rounded there.
 */
export function likenessOfOneMistake(word: string): number {
  const { length } = Array.from(word);
  return (length - 3) / (length + 5) - 0.001;
}

/** No other word can be likelier, unless in number of documents. */
export const isLikeliest = (word: string, found: string): boolean =>
  found[0] === word[0] && editDistance(word, found) === 1;

/** The query with other words in the places of some. */
export function withWords(
  query: SearchQuery,
  replacements: readonly { piece: WordPiece; word: string }[],
): SearchQuery {
  let text = "";
  let end = 0;
  for (const { piece, word } of replacements.toSorted((a, b) => a.piece.start - b.piece.start)) {
    text += query.text.slice(end, piece.start) + word;
    end = piece.end;
  }
  return parseQuery(text + query.text.slice(end));
}
