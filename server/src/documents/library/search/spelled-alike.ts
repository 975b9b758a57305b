/** What PostgreSQL's pg_trgm makes of a word: how it begins, all its threes of letters, how it ends. */
function trigramsOf(word: string): Set<string> {
  const letters = Array.from(`  ${word} `);
  return new Set(
    letters.slice(2).map((letter, index) => `${letters[index] ?? ""}${letters[index + 1] ?? ""}${letter}`),
  );
}

/** The share of their trigrams that two words have in common. */
export function likenessOf(first: string, second: string): number {
  const [ofFirst, ofSecond] = [trigramsOf(first), trigramsOf(second)];
  let common = 0;
  for (const trigram of ofFirst) if (ofSecond.has(trigram)) common += 1;
  return common / (ofFirst.size + ofSecond.size - common);
}

const leastLikeness = 0.2;
const maxMistakes = 2;

/** Which letters a word has, as bits; some share one. */
function lettersOf(word: string): number {
  let letters = 0;
  for (const letter of word) letters |= 1 << ((letter.codePointAt(0) ?? 0) & 31);
  return letters;
}

function countBits(number: number): number {
  let bits = 0;
  for (let left = number; left !== 0; left &= left - 1) bits += 1;
  return bits;
}

/**
 * Tells the words that may stand for another with some mistakes. Texts have thousands, of which most are told by what
 * they are made of: a mistake takes one letter at most, and brings one.
 */
export function createSpelledAlike(word: string): (candidate: string) => boolean {
  const letters = lettersOf(word);
  return (candidate) => {
    if (countBits(lettersOf(candidate) ^ letters) > 2 * maxMistakes) return false;
    return /^[\p{L}\p{N}]/u.test(candidate) && likenessOf(candidate, word) >= leastLikeness;
  };
}
