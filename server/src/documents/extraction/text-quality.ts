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
const word =
  /[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]&&\p{L}]|[\p{L}\p{N}][^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]*/gv;
const isAscii = /^[\t\n\r\f\x20-\x7E]*$/;

const isBetween = (code: number, first: number, last: number): boolean => code >= first && code <= last;
const isSpace = (code: number): boolean => isBetween(code, 0x09, 0x0d) || code === 0x20 || code === 0xa0;
const isLetterOrDigit = (code: number): boolean =>
  isBetween(code, 0x61, 0x7a) || isBetween(code, 0x41, 0x5a) || isBetween(code, 0x30, 0x39);
/** The second half of a character of two code units. */
const isLowSurrogate = (code: number): boolean => isBetween(code, 0xdc00, 0xdfff);
/** Replacement characters, control characters and private use: what is left of glyphs whose meaning the file does not tell. */
const isGarbage = (code: number): boolean =>
  code === 0xfffd ||
  code < 0x20 ||
  isBetween(code, 0x7f, 0x9f) ||
  isBetween(code, 0xe000, 0xf8ff) ||
  // First halves of the characters in the planes for private use.
  isBetween(code, 0xdb80, 0xdbff);

/** Each page goes through here: a loop over code units is several times as fast as expressions are. */
const measureAscii = (text: string): TextQuality => {
  let words = 0;
  let characters = 0;
  let isInWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isSpace(code)) isInWord = false;
    else {
      characters += 1;
      if (!isInWord && isLetterOrDigit(code)) {
        words += 1;
        isInWord = true;
      }
    }
  }
  return { words, characters, garbled: 0 };
};

const countWords = (text: string): number => {
  let words = 0;
  word.lastIndex = 0;
  while (word.test(text)) words += 1;
  return words;
};

/** Of a text as it was read, before it is made fit to be kept: that takes away what is measured here. */
export const measureText = (text: string): TextQuality => {
  if (isAscii.test(text)) return measureAscii(text);
  let characters = 0;
  let garbled = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isSpace(code) || isLowSurrogate(code)) continue;
    characters += 1;
    if (isGarbage(code)) garbled += 1;
  }
  return { words: countWords(text), characters, garbled };
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
