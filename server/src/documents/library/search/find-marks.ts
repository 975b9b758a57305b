import { type Word, wordsOf } from "../../../platform/text/words.ts";
import { maxSnippets, snippetCharacters } from "./highlight.ts";
import { foldedCharacters, foldWord, stemOf } from "./lexemes.ts";
import type { QueryPiece, QueryTerm } from "./parse-query.ts";
import { formsOf } from "./ts-query.ts";

/** A place in a text that was searched for, in UTF-16 code units. */
export interface Mark {
  start: number;
  end: number;
  /** Which of the terms it is. */
  term: number;
}

export interface MarkedTerms {
  terms: readonly QueryTerm[];
  /** Languages of the person's documents, which the query's words were stemmed by. */
  languages: readonly string[];
}

type Range = Pick<Mark, "start" | "end">;
/** The places of a piece in a word of the text; none when the word is not it. */
type PieceMatcher = (word: Word) => Range[];

const maxMarks = 200;
/** Further than a snippet reaches from the mark that it is made for. */
const shownCharacters = 2 * snippetCharacters;
const nowhere: Range[] = [];

/** Rules of languages that take something off the beginning of words as well. */
const strippedAtBothEnds = new Set(["ar", "ga"]);

/** Most words of a text are told from those that are sought by their first letter. Others than ASCII are looked at whole. */
function mayBegin(forms: Iterable<string>, language: string | null): (text: string) => boolean {
  if (strippedAtBothEnds.has(language ?? "")) return () => true;
  const letters = new Set<number>();
  for (const form of forms) {
    letters.add(form.charCodeAt(0));
    letters.add(form.toUpperCase().charCodeAt(0));
  }
  return (text) => {
    const letter = text.charCodeAt(0);
    return letter > 127 || letters.has(letter);
  };
}

interface WordForm {
  folded: string;
  stem: string | undefined;
}

interface WordMatcher {
  mayBegin: (text: string) => boolean;
  matches: (form: WordForm) => boolean;
}

interface SoughtWord {
  folded: string;
  quoted: boolean;
  /** It may go on behind what was typed. */
  isOpen: boolean;
}

function wordMatcher(
  { folded, quoted, isOpen }: SoughtWord,
  languages: readonly string[],
  language: string | null,
): WordMatcher {
  const { words, stems } = formsOf(folded, quoted ? [] : languages);
  return {
    mayBegin: mayBegin([...words, ...stems], language),
    matches: (form) =>
      words.has(form.folded) ||
      (isOpen && form.folded.startsWith(folded)) ||
      (form.stem !== undefined && !quoted && stems.has(form.stem)),
  };
}

/** Where the characters stand together in a stretch without spaces. */
function rangesOfCharacters(word: Word, wanted: readonly string[]): Range[] {
  const ranges: Range[] = [];
  const characters: { folded: string; start: number; end: number }[] = [];
  let start = word.start;
  for (const character of word.text) {
    const end = start + character.length;
    const [folded = ""] = foldedCharacters({ ...word, text: character });
    characters.push({ folded, start, end });
    start = end;
  }
  for (const [index, first] of characters.entries()) {
    const last = characters[index + wanted.length - 1];
    if (last !== undefined && wanted.every((character, offset) => characters[index + offset]?.folded === character))
      ranges.push({ start: first.start, end: last.end });
  }
  return ranges;
}

function createMatchers({ terms, languages }: MarkedTerms, language: string | null): PieceMatcher[][] {
  // Most words of texts stand in them again and again.
  const known = new Map<string, WordForm>();
  const formOf = (text: string) => {
    let form = known.get(text);
    if (form === undefined) {
      const folded = foldWord(text);
      form = { folded, stem: stemOf(folded, language) };
      known.set(text, form);
    }
    return form;
  };
  const matcherOf = (piece: QueryPiece, term: QueryTerm, isLast: boolean): PieceMatcher => {
    if (piece.kind === "pairs") return (word) => (word.unspaced ? rangesOfCharacters(word, piece.characters) : nowhere);
    const sought = { folded: piece.folded, quoted: term.quoted, isOpen: term.open && isLast };
    const matcher = wordMatcher(sought, languages, language);
    return (word) =>
      !word.unspaced && matcher.mayBegin(word.text) && matcher.matches(formOf(word.text)) ? [word] : nowhere;
  };
  return terms.map((term) =>
    term.pieces.map((piece, index) => matcherOf(piece, term, index === term.pieces.length - 1)),
  );
}

/** Says when no mark further back can be shown: of one term the first places are as good as any. */
function createEnough(terms: number): (mark: Range) => boolean {
  let stretches = 0;
  let end = -Infinity;
  return ({ start }) => {
    if (terms > 1 || start < end) return false;
    stretches += 1;
    end = start + shownCharacters;
    return stretches > maxSnippets;
  };
}

function findMarks(text: string, matchers: readonly PieceMatcher[][]): Mark[] {
  const longest = Math.max(1, ...matchers.map((pieces) => pieces.length));
  const isEnough = createEnough(matchers.length);
  const recent: Word[] = [];
  const marks: Mark[] = [];
  for (const word of wordsOf(text)) {
    recent.push(word);
    if (recent.length > longest) recent.shift();
    for (const [term, pieces] of matchers.entries()) {
      const last = pieces[pieces.length - 1]?.(word) ?? [];
      if (last.length === 0) continue;
      const words = recent.slice(-pieces.length);
      if (words.length < pieces.length) continue;
      const ranges = pieces.length === 1 ? [last] : pieces.map((match, index) => match(words[index] ?? word));
      if (ranges.some((found) => found.length === 0)) continue;
      marks.push(...ranges.flat().map(({ start, end }) => ({ start, end, term })));
    }
    const latest = marks.at(-1);
    if (marks.length >= maxMarks || (latest !== undefined && isEnough(latest))) break;
  }
  return marks.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/**
 * Finds the places of the terms in texts, in their order, as the index would find them: words in all their forms, phrases
 * where their words follow each other. Of a text with very many it finds those that can be shown.
 */
export function createMarker(marked: MarkedTerms): (text: string, language: string | null) => Mark[] {
  const matchersOf = new Map<string | null, PieceMatcher[][]>();
  return (text, language) => {
    const matchers = matchersOf.get(language) ?? createMatchers(marked, language);
    matchersOf.set(language, matchers);
    return findMarks(text, matchers);
  };
}
