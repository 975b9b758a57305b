import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { foldText } from "../../../server/src/platform/text/fold-text.ts";
import { stemWord } from "../../../server/src/platform/text/stem-word.ts";
import { wordsOf } from "../../../server/src/platform/text/words.ts";

export interface TaggedText {
  text: string;
  /** What people took for its key phrases, as `keyOf` says them. */
  gold: ReadonlySet<string>;
  goldNames: readonly string[];
}

/** Names are one when their words have the same stems, as in the published measurements. */
const keyOf = (name: string, language: string): string =>
  [...wordsOf(foldText(name))].map(({ text }) => stemWord(text, language)).join(" ");

/** A set as LIAAD/KeywordExtractor-Datasets has it: `docsutf8/x.txt` with `keys/x.key`; undefined where it is absent. */
export function readTaggedTexts(folder: string, language: string): TaggedText[] | undefined {
  if (!existsSync(join(folder, "docsutf8"))) return undefined;
  return readdirSync(join(folder, "docsutf8"))
    .toSorted()
    .flatMap((file) => {
      const keys = join(folder, "keys", file.replace(/\.txt$/, ".key"));
      if (!existsSync(keys)) return [];
      const names = readFileSync(keys, "utf8")
        .split("\n")
        .map((name) => name.trim());
      const goldNames = names.filter((name) => keyOf(name, language) !== "");
      const gold = new Set(goldNames.map((name) => keyOf(name, language)));
      return gold.size === 0 ? [] : [{ text: readFileSync(join(folder, "docsutf8", file), "utf8"), gold, goldNames }];
    });
}

/** Harmonic mean of precision and recall of the first `most` names. */
export function f1Of(names: readonly string[], { gold }: TaggedText, language: string, most: number): number {
  const found = new Set(names.slice(0, most).map((name) => keyOf(name, language)));
  const hits = [...found].filter((key) => gold.has(key)).length;
  return hits === 0 ? 0 : (2 * hits) / (Math.min(most, names.length) + gold.size);
}
