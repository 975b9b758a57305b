/** Texts for the measurement of the search: drawn from made-up words that are as frequent as Zipf's law says. */

const consonants = ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "z"];
const vowels = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
const endings = ["", "n", "r", "s", "t", "ing", "ed", "ion", "ment", "ly"];
export const differentWords = 40_000;

/** Mulberry32: the same texts on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeWords(random: () => number): string[] {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? "";
  const words = new Set<string>();
  while (words.size < differentWords) {
    // Frequent words are short.
    const syllables = 1 + Math.floor(random() * (1.5 + Math.log10(words.size + 1) * 0.7));
    let word = "";
    for (let count = 0; count < syllables; count += 1) word += pick(consonants) + pick(vowels);
    words.add(word + pick(endings));
  }
  return [...words];
}

export interface TextSource {
  /** Most frequent first. */
  words: readonly string[];
  text(characters: number): string;
}

export function createTextSource(seed: number): TextSource {
  const random = createRandom(seed);
  const words = makeWords(random);
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= words.length; rank += 1) cumulative.push((sum += 1 / (rank + 2.7) ** 1.05));
  const drawWord = (): string => {
    const wanted = random() * sum;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return words[low] ?? "";
  };
  return {
    words,
    text(characters) {
      let text = "";
      while (text.length < characters) text += `${drawWord()} `;
      return text.slice(0, characters).trim();
    },
  };
}
