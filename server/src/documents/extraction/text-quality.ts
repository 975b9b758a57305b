/** How much there is on a page, and how much of it is no text. */
export interface TextQuality {
  words: number;
  /** Characters other than spaces. */
  characters: number;
  garbled: number;
}

/**
 * Scripts that put no space between words count by the character, as otherwise a full page of them would be one word;
 * of other scripts a word begins with a letter or a digit and goes on to the next space.
 */
const wholeWord =
  /[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]&&\p{L}]/v;
const beginsWord = /[\p{L}\p{N}]/u;
const endsWord = /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

const isBetween = (code: number, first: number, last: number): boolean => code >= first && code <= last;
const isSpace = (code: number): boolean => isBetween(code, 0x09, 0x0d) || code === 0x20 || code === 0xa0;
/** Replacement characters, control characters, lone surrogates and private use: what is left of glyphs whose meaning the file does not tell. */
const isGarbage = (code: number): boolean =>
  code === 0xfffd ||
  code < 0x20 ||
  isBetween(code, 0x7f, 0x9f) ||
  isBetween(code, 0xd800, 0xf8ff) ||
  // The planes for private use.
  code >= 0xf0000;

/** What is to know of a character, as bits. */
const traits = { known: 1, space: 2, garbage: 4, wholeWord: 8, beginsWord: 16, endsWord: 32 } as const;

const findTraits = (code: number): number => {
  const character = String.fromCodePoint(code);
  return (
    traits.known |
    (isSpace(code) ? traits.space : 0) |
    (!isSpace(code) && isGarbage(code) ? traits.garbage : 0) |
    (wholeWord.test(character) ? traits.wholeWord : 0) |
    (beginsWord.test(character) ? traits.beginsWord : 0) |
    (endsWord.test(character) ? traits.endsWord : 0)
  );
};

/** Each page goes through here: a look into a table is many times as fast as expressions are. */
const table = new Uint8Array(0x10000);
const traitsOf = (code: number): number => {
  if (code >= table.length) return findTraits(code);
  const found = table[code] ?? 0;
  return found === 0 ? (table[code] = findTraits(code)) : found;
};

/** Of a text as it was read, before it is made fit to be kept: that takes away what is measured here. */
export const measureText = (text: string): TextQuality => {
  let words = 0;
  let characters = 0;
  let garbled = 0;
  let isInWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) ?? 0;
    if (code >= table.length) index += 1;
    const its = traitsOf(code);
    if ((its & traits.space) === 0) characters += 1;
    if ((its & traits.garbage) !== 0) garbled += 1;
    if (isInWord && (its & traits.endsWord) === 0) continue;
    isInWord = false;
    if ((its & traits.wholeWord) !== 0) words += 1;
    else if ((its & traits.beginsWord) !== 0) {
      words += 1;
      isInWord = true;
    }
  }
  return { words, characters, garbled };
};

export const sumQuality = (pages: readonly TextQuality[]): TextQuality => {
  const sum = { words: 0, characters: 0, garbled: 0 };
  for (const page of pages) {
    sum.words += page.words;
    sum.characters += page.characters;
    sum.garbled += page.garbled;
  }
  return sum;
};

const fewestWordsPerPage = 5;
const mostGarbledShare = 0.3;

export const isGarbled = ({ characters, garbled }: TextQuality): boolean => garbled > characters * mostGarbledShare;

/** The gate: a text that does not pass is no basis for tags. Of so many pages; a scan has hardly a word on each. */
export const isReadable = (quality: TextQuality, pages: number): boolean =>
  quality.words >= fewestWordsPerPage * pages && !isGarbled(quality);
