import type { Term } from "./document-terms.ts";

/** Words that could be a tag, wherever the text has them in any of their forms. */
export interface Candidate {
  /** The stems of its words with blanks between; no stem holds one. */
  key: string;
  words: number;
  count: number;
  /** Index of the term that it begins with, where it stands first. */
  first: number;
  /** The same for its first places, from which the form is taken that is shown. */
  places: number[];
}

const maxTagWords = 4;
const maxPlaces = 20;
const leastCharacters = 3;

const unspacedScript = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const mayBegin = (term: Term): boolean => !term.isStop && !term.isNumber;
const isTooShort = ({ start, end, stem }: Term): boolean =>
  end - start < (unspacedScript.test(stem) ? leastCharacters - 1 : leastCharacters);

function createCounter() {
  const candidates = new Map<string, Candidate>();
  return {
    candidates,
    count({ key, place, words }: { key: string; place: number; words: number }): void {
      const known = candidates.get(key);
      if (known === undefined) {
        candidates.set(key, { key, words, count: 1, first: place, places: [place] });
        return;
      }
      known.count += 1;
      if (known.places.length < maxPlaces) known.places.push(place);
    },
  };
}

/** Every sequence of up to four words without a stop word in it. */
export function sequencesOf(terms: readonly Term[]): Map<string, Candidate> {
  const { candidates, count } = createCounter();
  for (const [place, begin] of terms.entries()) {
    if (!mayBegin(begin)) continue;
    if (!isTooShort(begin)) count({ key: begin.stem, place, words: 1 });
    let key = begin.stem;
    for (let words = 2; words <= maxTagWords; words += 1) {
      const last = terms[place + words - 1];
      if (last === undefined || last.beginsRun || last.isStop) break;
      key += ` ${last.stem}`;
      count({ key, place, words });
    }
  }
  return candidates;
}

/** Places and lengths of what stands between stop words and punctuation. */
export function phrasesOf(terms: readonly Term[]): { place: number; words: number }[] {
  const phrases: { place: number; words: number }[] = [];
  let place = 0;
  while (place < terms.length) {
    const begin = terms[place];
    let end = place + 1;
    if (begin !== undefined && mayBegin(begin)) {
      while (end < terms.length && terms[end]?.beginsRun === false && terms[end]?.isStop === false) end += 1;
      phrases.push({ place, words: end - place });
    }
    place = end;
  }
  return phrases;
}
