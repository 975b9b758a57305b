import { foldText } from "../../platform/text/fold-text.ts";
import { stemWord } from "../../platform/text/stem-word.ts";
import { foldedWords, shareIn, trigramsOf } from "../names/name-keys.ts";
import { cutToTokens, estimateTokens } from "./token-estimate.ts";

/** A closed list is shown whole where it fits; it is the person's, and a tag that is not shown cannot be given. */
export const mostCandidates = { closed: 500, prefer_existing: 100 } as const;

interface CandidatesInput {
  knownTags: readonly string[];
  /** Everything that the document says, title first. */
  text: string;
  language: string | null;
  most: number;
  maxTokens: number;
}

/** So much of the text is compared; more of it holds nearly every trigram of its language. */
const comparedTokens = 4_000;

/**
 * The known tags that are shown to a model: those that have the most in common with the text, and of equal ones those that
 * are used most.
 */
export function candidatesOf({ knownTags, text, language, most, maxTokens }: CandidatesInput): string[] {
  const compared = foldText(cutToTokens(text, comparedTokens));
  const words = new Set(foldedWords(compared));
  const stems = new Set([...words].map((word) => stemWord(word, language)));
  const trigrams = trigramsOf([...words]);
  const score = (name: string): number => {
    const own = foldedWords(name);
    if (own.length === 0) return 0;
    const found = own.filter((word) => words.has(word) || stems.has(stemWord(word, language))).length;
    return 2 * (found / own.length) + shareIn(trigramsOf(own), trigrams);
  };
  const ranked = [...new Set(knownTags)]
    .map((name, rank) => ({ name, rank, score: knownTags.length > most ? score(name) : 0 }))
    .sort((first, second) => second.score - first.score || first.rank - second.rank);
  const shown: string[] = [];
  let tokens = 0;
  for (const { name } of ranked.slice(0, most)) {
    tokens += estimateTokens(name) + 2;
    if (tokens > maxTokens) break;
    shown.push(name);
  }
  return shown;
}
