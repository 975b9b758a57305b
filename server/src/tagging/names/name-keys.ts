import { foldText } from "../../platform/text/fold-text.ts";
import { stemWord } from "../../platform/text/stem-word.ts";
import { wordsOf } from "../../platform/text/words.ts";

/** The words of a name as they are compared; C, C++ and C# are three. */
export function foldedWords(name: string): string[] {
  const words = [...wordsOf(foldText(name))].map(({ text }) => text);
  const [sign] = /[+#]+$/.exec(name) ?? [];
  return sign === undefined ? words : [...words, sign];
}

/**
 * What names have in common that are one tag: without case, accents and spaces, and without endings by the rules of each
 * of the languages. Two names with any key in common are twins.
 */
export function keysOf(name: string, languages: readonly string[]): Set<string> {
  const words = foldedWords(name);
  const keys = new Set([words.join("")]);
  for (const language of languages) keys.add(words.map((word) => stemWord(word, language)).join(""));
  return keys;
}

/** Pieces of three characters, with two spaces before each word and one behind, as PostgreSQL's pg_trgm cuts them. */
export function trigramsOf(words: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const word of words) {
    const padded = `  ${word} `;
    for (let start = 0; start + 3 <= padded.length; start += 1) found.add(padded.slice(start, start + 3));
  }
  return found;
}

const sharedOf = <Item>(first: ReadonlySet<Item>, second: ReadonlySet<Item>): number => {
  let shared = 0;
  for (const item of first) if (second.has(item)) shared += 1;
  return shared;
};

/** The part of a set, from 0 to 1, that another has too. */
export const shareIn = (part: ReadonlySet<string>, whole: ReadonlySet<string>): number =>
  part.size === 0 ? 0 : sharedOf(part, whole) / part.size;

/** How alike two names are, from 0 to 1: twice what they have in common over all that they have (Dice). */
export function likeness(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  const total = first.size + second.size;
  return total === 0 ? 0 : (2 * sharedOf(first, second)) / total;
}
