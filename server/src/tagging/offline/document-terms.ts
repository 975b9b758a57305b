import { foldText } from "../../platform/text/fold-text.ts";
import { stemWord } from "../../platform/text/stem-word.ts";
import { wordsOf, type Word } from "../../platform/text/words.ts";
import { tagStopWordsOf } from "./tag-stop-words.ts";

/** A word of the text as the tagger sees it; offsets count UTF-16 code units. */
export interface Term {
  start: number;
  end: number;
  stem: string;
  /** It says nothing by itself, so that no tag begins or ends with it. */
  isStop: boolean;
  isNumber: boolean;
  /** No tag goes across the place before it, such as the end of a sentence. */
  beginsRun: boolean;
}

type Meaning = Pick<Term, "stem" | "isStop" | "isNumber">;

/** What may stand between two words of a tag: a blank, the break of a line, a hyphen, an apostrophe, a dot as in Node.js. */
const joining = /^(?:[^\S\n]*\n?[^\S\n]*|[-\u2010\u2011'’.&/])$/u;
/** Where words have no spaces between them, a space ends a sentence (Thai) or sets words apart (Chinese). */
const joiningUnspaced = /^\n?$/u;
const onlyDigits = /^\p{N}+$/u;
const onlyHiragana = /^[\p{Script=Hiragana}\u30fc]+$/u;
const hangul = /\p{Script=Hangul}/u;
/** Endings that Korean puts onto a noun, and the one of its verbs. */
const koreanParticles =
  /(?<=..)(?:에서는|으로는|에게서|까지는|에서|으로|에게|까지|부터|처럼|보다|이나|에는|은|는|이|가|을|를|의|에|와|과|도|만|로)$/u;
const koreanVerb = /..다$/u;
/** In a language without a list of stop words the shortest words are taken for them. */
const longestShortWord = 3;

/**
 * Thai, Chinese and the like by the dictionary of the platform; Korean, which has spaces, by taking the endings off, so
 * that the text of an ending stands between two words and parts them.
 */
function* splitUnspaced(word: Word, segmenter: Intl.Segmenter): Generator<Word> {
  if (hangul.test(word.text)) {
    const text = word.text.replace(koreanParticles, "");
    yield { ...word, text, end: word.start + text.length };
    return;
  }
  for (const { segment, index, isWordLike } of segmenter.segment(word.text)) {
    if (isWordLike !== true) continue;
    const start = word.start + index;
    yield { text: segment, start, end: start + segment.length, unspaced: true };
  }
}

function createMeanings(language: string | null): (word: Word) => Meaning {
  const stopWords = tagStopWordsOf(language ?? "");
  const known = new Map<string, Meaning>();
  const meaningOf = (word: Word): Meaning => {
    const folded = foldText(word.text);
    const isNumber = onlyDigits.test(folded);
    if (word.unspaced) {
      const isSyllable = folded.length === 1;
      const isStop = isNumber || isSyllable || stopWords.has(folded) || onlyHiragana.test(folded);
      return { stem: folded, isStop: isStop || koreanVerb.test(folded), isNumber };
    }
    const isShort = stopWords.size === 0 ? folded.length <= longestShortWord : folded.length <= 1;
    return { stem: stemWord(folded, language), isStop: isShort || stopWords.has(folded), isNumber };
  };
  return (word) => {
    let meaning = known.get(word.text);
    if (meaning === undefined) {
      meaning = meaningOf(word);
      known.set(word.text, meaning);
    }
    return meaning;
  };
}

/** The words of a text. What is no letter and no digit between two of them says whether a tag may hold both. */
export function termsOf(text: string, language: string | null): Term[] {
  const meaningOf = createMeanings(language);
  const segmenter = new Intl.Segmenter(language ?? undefined, { granularity: "word" });
  const terms: Term[] = [];
  let previous: Word | undefined;
  const add = (word: Word): void => {
    const isUnspaced = word.unspaced && previous?.unspaced === true && !hangul.test(word.text);
    const between = text.slice(previous?.end ?? 0, word.start);
    const beginsRun = previous === undefined || !(isUnspaced ? joiningUnspaced : joining).test(between);
    terms.push({ start: word.start, end: word.end, beginsRun, ...meaningOf(word) });
    previous = word;
  };
  for (const word of wordsOf(text)) {
    if (word.unspaced) for (const part of splitUnspaced(word, segmenter)) add(part);
    else add(word);
  }
  return terms;
}
