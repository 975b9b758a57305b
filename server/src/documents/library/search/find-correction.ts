import { setImmediate } from "node:timers/promises";
import type { Database } from "../../../platform/database/database.ts";
import { isLikeliest, leastTitleLikeness, likelyBeginnings, likeliest, likenessOfOneMistake } from "./correct-query.ts";
import type { CorrectionStore } from "./correction.store.ts";
import { ownerLexeme, quoteLexeme } from "./lexemes.ts";
import { createSpelledAlike } from "./spelled-alike.ts";

interface CorrectionDependencies {
  database: Database;
  correctionStore: CorrectionStore;
}

const charactersBetweenBreaks = 200_000;

/** Of words that may stand for another, in how many of the texts each is. */
async function countAlike(word: string, texts: readonly string[]): Promise<Map<string, number>> {
  const isAlike = createSpelledAlike(word);
  const counts = new Map<string, number>();
  let charactersRead = 0;
  for (const words of texts) {
    for (const candidate of words.split(" "))
      if (isAlike(candidate)) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
    charactersRead += words.length;
    // Of books it takes tenths of a second; others are served meanwhile.
    if (charactersRead < charactersBetweenBreaks) continue;
    charactersRead = 0;
    await setImmediate();
  }
  return counts;
}

/** The word of their documents that a person most probably meant. */
export function createWordFinder({ database, correctionStore }: CorrectionDependencies) {
  return async (userId: string, word: string): Promise<string | undefined> => {
    const beginnings = likelyBeginnings(word).map((beginning) => `${quoteLexeme(beginning)}:*`);
    const matching = `${quoteLexeme(ownerLexeme(userId))} & (${beginnings.join(" | ")})`;
    const likenessAtOnce = Math.max(leastTitleLikeness, likenessOfOneMistake(word));
    const [texts, titles] = await Promise.all([
      correctionStore.wordsOfTexts(database, { userId, matching, word }),
      correctionStore.likeTitles(database, userId, word, likenessAtOnce),
    ]);
    const inTexts = await countAlike(word, texts);
    const likeliestWith = async (likeTitles: readonly string[]) => {
      const inTitles = await countAlike(word, likeTitles);
      const known = [...new Set([...inTexts.keys(), ...inTitles.keys()])];
      return likeliest(
        word,
        known.map((candidate) => ({ word: candidate, documents: inTexts.get(candidate) ?? 1 })),
      );
    };
    const found = await likeliestWith(titles);
    if (likenessAtOnce === leastTitleLikeness || (found !== undefined && isLikeliest(word, found))) return found;
    // Two mistakes leave less of a word, and to compare it with all titles that are as little alike takes long.
    return likeliestWith(await correctionStore.likeTitles(database, userId, word, leastTitleLikeness));
  };
}
