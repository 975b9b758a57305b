const token = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}\p{M}]+/gu;

const bagOf = (text: string): Map<string, number> => {
  const bag = new Map<string, number>();
  for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(token)) bag.set(word, (bag.get(word) ?? 0) + 1);
  return bag;
};

const sizeOf = (bag: ReadonlyMap<string, number>): number => [...bag.values()].reduce((sum, count) => sum + count, 0);

/** F1 of the words of a text, whatever their order; scripts without spaces count by the character. */
export const wordOverlap = (reference: string, text: string): number => {
  const [wanted, got] = [bagOf(reference), bagOf(text)];
  let shared = 0;
  for (const [word, count] of got) shared += Math.min(count, wanted.get(word) ?? 0);
  const all = sizeOf(wanted) + sizeOf(got);
  return all === 0 ? 1 : (2 * shared) / all;
};

const eastAsian = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

export const isEastAsian = (text: string): boolean => {
  const visible = text.replace(/\s+/g, "").length;
  return visible >= 20 && (text.match(eastAsian)?.length ?? 0) > visible * 0.3;
};
