import type { Candidate } from "./candidates.ts";
import type { Term } from "./document-terms.ts";

const unspacedScript = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const lineBreak = /\s*\n\s*/gu;
/** Several words in capitals, one of them too long for an abbreviation: a heading. */
const shouted = /^(?=[^\p{Ll}]*\p{Lu}{6})[^\p{Ll}]+\s[^\p{Ll}]+$/u;

function written(text: string): string {
  const oneLine = text.replaceAll(lineBreak, unspacedScript.test(text) ? "" : " ").replaceAll(/\s+/gu, " ");
  if (!shouted.test(oneLine)) return oneLine;
  const lower = oneLine.toLowerCase();
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** The form that the text uses most; between equals the one with fewer capitals, which also begin sentences. */
export function shownForm({ words, places }: Candidate, terms: readonly Term[], text: string): string {
  const counts = new Map<string, number>();
  for (const place of places) {
    const begin = terms[place];
    const end = terms[place + words - 1];
    if (begin === undefined || end === undefined) continue;
    const form = written(text.slice(begin.start, end.end));
    counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  const capitals = (form: string): number => form.match(/\p{Lu}/gu)?.length ?? 0;
  const [best] = [...counts].sort(
    ([one, times], [other, otherTimes]) => otherTimes - times || capitals(one) - capitals(other),
  );
  return best?.[0] ?? "";
}
