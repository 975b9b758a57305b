import { stemWord } from "../../../platform/text/stem-word.ts";
import { foldWord, pairsOf, quoteLexeme, stemLexeme, tagLexeme } from "./lexemes.ts";
import type { QueryPiece, QueryTerm } from "./parse-query.ts";

/** A query as text of a tsquery. */
export interface TsQuery {
  /** What a document must have, and must not. */
  matching: string;
  /** Of that, what must be there, for ranking; null when nothing must. */
  ranking: string | null;
}

/** A tag as the search knows it. */
export interface SearchedTag {
  name: string;
  searchIds: readonly string[];
}

/** Other forms of a word: its stems by the rules of the languages in which the person has documents. */
export function formsOf(folded: string, languages: readonly string[]): { words: Set<string>; stems: Set<string> } {
  const stems = new Set(languages.map((language) => stemWord(folded, language)).filter((stem) => stem !== ""));
  return { words: new Set([folded, ...stems]), stems };
}

const anyOf = (parts: readonly string[]): string => (parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(" | ")})`);

function wordText(folded: string, term: QueryTerm, isOpen: boolean, languages: readonly string[]): string {
  if (term.quoted) return quoteLexeme(folded);
  const { words, stems } = formsOf(folded, languages);
  const others = [...words].filter((word) => word !== folded);
  return anyOf([
    quoteLexeme(folded) + (isOpen ? ":*" : ""),
    ...others.map(quoteLexeme),
    ...[...stems].map((stem) => quoteLexeme(stemLexeme(stem))),
  ]);
}

interface Element {
  text: string;
  /** Distance to the element behind it. */
  after: number;
}

/** A character alone begins whatever element it is in. */
function elementsOf(piece: QueryPiece, textOf: (folded: string) => string): Element[] {
  if (piece.kind === "word") return [{ text: textOf(piece.folded), after: 1 }];
  const [only, ...more] = piece.characters;
  if (more.length === 0) return [{ text: `${quoteLexeme(only ?? "")}:*`, after: 1 }];
  const pairs = pairsOf(piece.characters).slice(0, -1);
  // The last character of a stretch is an element of its own, after which the next word follows.
  return pairs.map((pair, index) => ({ text: quoteLexeme(pair), after: index === pairs.length - 1 ? 2 : 1 }));
}

function elementsOfTerm(term: QueryTerm, languages: readonly string[]): Element[] {
  const last = term.pieces.length - 1;
  return term.pieces.flatMap((piece, index) =>
    elementsOf(piece, (folded) => wordText(folded, term, term.open && index === last, languages)),
  );
}

/** All elements of a term, wherever they stand. */
export const elementsText = (term: QueryTerm, languages: readonly string[]): string =>
  elementsOfTerm(term, languages)
    .map(({ text }) => text)
    .join(" & ");

function phraseText(term: QueryTerm, languages: readonly string[]): string {
  // Pairs that are all there nearly always stand together, and to ask for no more than that is several times as fast.
  if (!term.quoted && term.pieces.length === 1) return elementsText(term, languages);
  let phrase = "";
  let distance = 0;
  for (const { text, after } of elementsOfTerm(term, languages)) {
    phrase += distance === 0 ? text : ` <${distance}> ${text}`;
    distance = after;
  }
  return phrase;
}

/** The words of a tag have no places in the index, so that a phrase is looked for in its name. */
export function isInTag(term: QueryTerm, name: string): boolean {
  if (term.pieces.length === 1) return true;
  const phrase = term.pieces.map((piece) => (piece.kind === "word" ? piece.folded : piece.characters.join("")));
  return foldWord(name).includes(phrase.join(""));
}

interface QueryContext {
  /** Lexemes that every hit must have; of each list one. */
  required: readonly (readonly string[])[];
  languages: readonly string[];
  /** Tags that a term is found in. */
  tagsOf: (term: QueryTerm) => readonly SearchedTag[];
}

export function toTsQuery(groups: readonly QueryTerm[][], { required, languages, tagsOf }: QueryContext): TsQuery {
  const textOf = (term: QueryTerm): string => {
    const tags = tagsOf(term).flatMap(({ searchIds }) => searchIds.map((id) => quoteLexeme(tagLexeme(id))));
    return anyOf([`(${phraseText(term, languages)})`, ...tags]);
  };
  const texts = groups.map((group) => ({
    text: `(${group.map(textOf).join(" | ")})`,
    negated: group.some(({ negated }) => negated),
  }));
  const positive = texts.filter(({ negated }) => !negated).map(({ text }) => text);
  const negative = texts.filter(({ negated }) => negated).map(({ text }) => `!${text}`);
  return {
    matching: [...required.map((lexemes) => anyOf(lexemes.map(quoteLexeme))), ...positive, ...negative].join(" & "),
    ranking: positive.length === 0 ? null : positive.join(" & "),
  };
}
