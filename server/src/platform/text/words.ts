/** A word, or a stretch of a script that puts no spaces between its words; offsets count UTF-16 code units. */
export interface Word {
  text: string;
  start: number;
  end: number;
  /** Chinese, Japanese, Thai and the like, and Korean, whose words grow endings: searched by pairs of characters. */
  unspaced: boolean;
}

const unspacedScripts = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((script) => `\\p{Script=${script}}`)
  .join("");
const unspacedCharacters = `${unspacedScripts}\\u3005-\\u3007\\u3099-\\u309c\\u30fc\\uff70\\uff9e\\uff9f`;
// Soft hyphens and joiners stand inside of words and end none.
const wordCharacters = "\\p{L}\\p{M}\\p{N}\\u00ad\\u200b-\\u200d\\u2060";
const pattern = `[a-zA-Z0-9]+(?![[${wordCharacters}]--[${unspacedCharacters}]])|([${unspacedCharacters}]+)|[[${wordCharacters}]--[${unspacedCharacters}]]+`;

/** The words of a text in their order. Everything that is neither a letter nor a digit stands between words. */
export function* wordsOf(text: string): Generator<Word> {
  for (const match of text.matchAll(new RegExp(pattern, "gv"))) {
    const [found, unspaced] = match;
    yield { text: found, start: match.index, end: match.index + found.length, unspaced: unspaced !== undefined };
  }
}
