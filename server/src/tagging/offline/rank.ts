import { phrasesOf, sequencesOf, type Candidate } from "./candidates.ts";
import type { Term } from "./document-terms.ts";

export interface RankedCandidate {
  candidate: Candidate;
  score: number;
}

/** Below it hardly a word comes twice, so that how often it comes says nothing. */
const shortTextWords = 250;

/** What stands first says most. */
export const weightOfPlace = (place: number): number => 1 / Math.log(Math.E + place);

const weightOfTitle = 2;

/**
 * How much more several words say than one. In a long text more of what is frequent is a mere word of its subject; the
 * numbers were chosen on half of the documents of each set in bench/documents/tagger.json.
 */
function weightOfLength(words: number, textWords: number): number {
  if (words === 1) return 1;
  return 1.5 + 0.75 * Math.min(2, Math.max(0, Math.log10(textWords / 400)));
}

/** How often a candidate stands on its own: without its places inside of the longer one that holds it most often. */
function countsAlone(candidates: ReadonlyMap<string, Candidate>): Map<string, number> {
  const inLonger = new Map<string, number>();
  for (const { key, words, count } of candidates.values()) {
    if (words === 1 || count === 1) continue;
    const stems = key.split(" ");
    for (let from = 0; from < words; from += 1) {
      for (let to = from + 1; to <= words; to += 1) {
        if (to - from === words) continue;
        const part = stems.slice(from, to).join(" ");
        inLonger.set(part, Math.max(inLonger.get(part) ?? 0, count));
      }
    }
  }
  return new Map([...candidates].map(([key, { count }]) => [key, count - (inLonger.get(key) ?? 0)]));
}

/** For texts of a page and more: how often × how early × how many words, and how frequent those words are by themselves. */
function rankByFrequency(terms: readonly Term[]): RankedCandidate[] {
  const candidates = sequencesOf(terms);
  const alone = countsAlone(candidates);
  const logCount = (stem: string): number => Math.log(1 + (candidates.get(stem)?.count ?? 1));
  return [...candidates.values()].flatMap((candidate) => {
    const { key, words, first } = candidate;
    const count = alone.get(key) ?? 0;
    if (count <= 0) return [];
    const meanLogCount = key.split(" ").reduce((sum, stem) => sum + logCount(stem), 0) / words;
    const weight = weightOfPlace(first) * weightOfLength(words, terms.length) * meanLogCount;
    return [{ candidate, score: count ** 0.8 * weight }];
  });
}

/**
 * For texts of a paragraph or two: whole phrases, and what several phrases have in common, by how many words stand beside
 * theirs.
 */
function rankByNeighbours(terms: readonly Term[]): RankedCandidate[] {
  const neighbours = new Map<string, number>();
  const whole = new Set<string>();
  for (const { place, words } of phrasesOf(terms)) {
    const stems = terms.slice(place, place + words).map(({ stem }) => stem);
    whole.add(stems.join(" "));
    for (const stem of stems) neighbours.set(stem, (neighbours.get(stem) ?? 0) + words);
  }
  const candidates = sequencesOf(terms);
  const alone = countsAlone(candidates);
  return [...candidates.values()].flatMap((candidate) => {
    const { key, words, count, first } = candidate;
    const isShared = words > 1 && count > 1 && (alone.get(key) ?? 0) > 0;
    if (!whole.has(key) && !isShared) return [];
    const sum = key.split(" ").reduce((total, stem) => total + (neighbours.get(stem) ?? 0), 0);
    return [{ candidate, score: sum * count ** 0.6 * weightOfPlace(first) }];
  });
}

/** What could be a tag of the text, best first. */
export function rankCandidates(terms: readonly Term[], titleTerms: readonly Term[]): RankedCandidate[] {
  const inTitle = sequencesOf(titleTerms);
  const ranked = terms.length < shortTextWords ? rankByNeighbours(terms) : rankByFrequency(terms);
  const boosted = ranked.map(({ candidate, score }) => ({
    candidate,
    score: inTitle.has(candidate.key) ? score * weightOfTitle : score,
  }));
  return boosted.sort((one, other) => other.score - one.score || one.candidate.first - other.candidate.first);
}
