import { foldText } from "../../../platform/text/fold-text.ts";
import { stemmedLanguages, stemWord } from "../../../platform/text/stem-word.ts";
import { type Word, wordsOf } from "../../../platform/text/words.ts";

/**
 * What the index holds, made by the same code for documents, queries and highlights, so that what is found is also
 * marked. It does not depend on the locale or the dictionaries of the database. Words are letters and digits only; all
 * else begins with a sign that no word holds.
 */
export const stemLexeme = (stem: string): string => `~${stem}`;
export const ownerLexeme = (userId: string): string => `@${userId}`;
export const tagLexeme = (tagId: string): string => `#${tagId}`;
export const languageLexeme = (language: string): string => `:${language}`;

/** Beyond this a word is a number, a key or a picture in letters: its beginning is enough to find it by. */
const maxWordCharacters = 60;
const notInWords = /[^\p{L}\p{M}\p{N}]/gu;

export const foldWord = (text: string): string =>
  foldText(text).replaceAll(notInWords, "").slice(0, maxWordCharacters).toWellFormed();

/** The stem, where it says more than the word itself. */
export function stemOf(folded: string, language: string | null): string | undefined {
  const stem = stemWord(folded, language);
  return stem === folded || stem === "" ? undefined : stem;
}

export const foldedCharacters = (word: Word): string[] => Array.from(foldText(word.text).replaceAll(notInWords, ""));

/**
 * A stretch without spaces as overlapping pairs; the last character stands alone, so that every one of them begins an
 * element.
 */
export const pairsOf = (characters: readonly string[]): string[] =>
  characters.map((character, index) => character + (characters[index + 1] ?? ""));

/** Of a tag, whose language nobody knows: with its stems by all rules that there are. */
export function tagWordLexemes(name: string): string[] {
  const lexemes = [...wordsOf(name)].flatMap((word) => {
    if (word.unspaced) return pairsOf(foldedCharacters(word));
    const folded = foldWord(word.text);
    return [folded, ...stemmedLanguages.map((language) => stemLexeme(stemWord(folded, language)))];
  });
  return [...new Set(lexemes)].filter((lexeme) => lexeme !== "");
}

/** As it stands in the text of a tsvector and of a tsquery. */
export const quoteLexeme = (lexeme: string): string => `'${lexeme.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
