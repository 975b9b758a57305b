import stopWordsByLanguage from "stopwords-iso/stopwords-iso.json" with { type: "json" };
import { z } from "zod";
import { foldText } from "../../platform/text/fold-text.ts";

const listed = z.record(z.string(), z.array(z.string())).parse(stopWordsByLanguage);
const folded = new Map<string, ReadonlySet<string>>();

/** The folded words of a language (ISO 639-1) that say nothing by themselves; none for a language without a list. */
export function stopWordsOf(language: string): ReadonlySet<string> {
  const known = folded.get(language);
  if (known !== undefined) return known;
  const words = new Set((Object.hasOwn(listed, language) ? (listed[language] ?? []) : []).map(foldText));
  folded.set(language, words);
  return words;
}
