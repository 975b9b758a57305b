import { stemWord } from "../../../platform/text/stem-word.ts";
import { wordsOf } from "../../../platform/text/words.ts";
import { foldWord } from "../search/lexemes.ts";

export interface NamedTag {
  id: string;
  name: string;
  folded: string;
}

export interface SimilarNames {
  ids: [string, string];
  /** From 0 to 1. */
  similarity: number;
}

const minSimilarity = 0.5;
/** Names of the same words in other forms or another order. */
const sameStems = 0.95;
/** What nearly every name holds tells nothing, and would make a pair of all of them. */
const maxNamesOfTrigram = 400;

/** Compared at most, of the smallest groups first, which tell the most: everybody else's requests wait meanwhile. */
const maxPairs = 100_000;

/** As pg_trgm takes them: two blanks before, one behind. */
function trigramsOf(folded: string): Set<string> {
  const characters = Array.from(`  ${folded} `);
  return new Set(characters.slice(2).map((_, index) => characters.slice(index, index + 3).join("")));
}

const stemsOf = (name: string, language: string): string =>
  [...wordsOf(name)]
    .map(({ text }) => stemWord(foldWord(text), language))
    .toSorted()
    .join(" ");

const withoutDigits = (folded: string): string => folded.replaceAll(/\p{N}/gu, "");

/** `2023` and `2024`, `Q1 report` and `Q2 report` are alike and never the same. */
const differInDigits = (a: string, b: string): boolean => a !== b && withoutDigits(a) === withoutDigits(b);

function* pairsOfGroups(groups: Iterable<readonly number[]>): Generator<[number, number]> {
  let pairs = 0;
  for (const group of [...groups].toSorted((a, b) => a.length - b.length)) {
    for (const [index, first] of group.entries()) {
      for (const second of group.slice(index + 1)) {
        if (pairs >= maxPairs) return;
        pairs += 1;
        yield [first, second];
      }
    }
  }
}

function grouped(tags: readonly NamedTag[], keysOf: (tag: NamedTag) => Iterable<string>): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, tag] of tags.entries()) {
    for (const key of keysOf(tag)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [index]);
      else group.push(index);
    }
  }
  return groups;
}

function trigramSimilarity(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  const shared = [...first].filter((trigram) => second.has(trigram)).length;
  return shared / (first.size + second.size - shared);
}

/** Pairs of names that may mean one thing: spelled nearly alike, or of the same words in other forms; most alike first. */
export function similarNames(
  tags: readonly NamedTag[],
  { languages, limit }: { languages: readonly string[]; limit: number },
): SimilarNames[] {
  const trigrams = tags.map(({ folded }) => trigramsOf(folded));
  const similarities = new Map<string, { first: number; second: number; similarity: number }>();
  const note = (first: number, second: number, similarity: number): void => {
    const key = `${first} ${second}`;
    const known = similarities.get(key);
    if (similarity >= minSimilarity && similarity > (known?.similarity ?? 0))
      similarities.set(key, { first, second, similarity });
  };
  for (const language of languages) {
    const byStems = grouped(tags, ({ name }) => [stemsOf(name, language)]);
    byStems.delete("");
    for (const [first, second] of pairsOfGroups(byStems.values())) note(first, second, sameStems);
  }
  const byTrigram = grouped(tags, ({ folded }) => trigramsOf(folded));
  const telling = [...byTrigram.values()].filter((group) => group.length <= maxNamesOfTrigram);
  const compared = new Set<number>();
  for (const [first, second] of pairsOfGroups(telling)) {
    const pair = first * tags.length + second;
    if (compared.has(pair)) continue;
    compared.add(pair);
    note(first, second, trigramSimilarity(trigrams[first] ?? new Set(), trigrams[second] ?? new Set()));
  }
  return [...similarities.values()]
    .flatMap(({ first, second, similarity }) => {
      const [a, b] = [tags[first], tags[second]];
      if (a === undefined || b === undefined || differInDigits(a.folded, b.folded)) return [];
      return [{ ids: [a.id, b.id] satisfies [string, string], similarity }];
    })
    .toSorted((a, b) => b.similarity - a.similarity || (a.ids.join() < b.ids.join() ? -1 : 1))
    .slice(0, limit);
}
