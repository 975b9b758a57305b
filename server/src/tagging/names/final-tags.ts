import type { TagMode } from "@llm-tuner/contract/document-jobs.ts";
import type { SuggestedTag } from "../../documents/documents.module.ts";
import { cleanNames } from "./clean-name.ts";
import { foldedWords, keysOf, likeness, trigramsOf } from "./name-keys.ts";

export interface FinalTagsInput {
  /** Best first, as a model or the offline tagger wrote them. */
  suggested: readonly string[];
  knownTags: readonly string[];
  mode: TagMode;
  maxTags: number;
  /** Of the text and of the tags (ISO 639-1). */
  languages: readonly string[];
}

interface KnownName {
  name: string;
  letters: string;
  trigrams: Set<string>;
}

/** From here on two names are spellings of one; `organisation` and `organization` are 0.77 alike. */
const sameFrom = 0.75;
const digitsOf = (letters: string): string => letters.replaceAll(/\P{N}/gu, "");

const describe = (name: string): KnownName => {
  const words = foldedWords(name);
  return { name, letters: words.join(""), trigrams: trigramsOf(words) };
};

/** The known tag that is the same but for its spelling. Other numbers and another first letter are another tag. */
function nearest(name: string, known: readonly KnownName[]): string | undefined {
  const { letters, trigrams } = describe(name);
  let best: { name: string; likeness: number } | undefined;
  for (const other of known) {
    if (other.letters.codePointAt(0) !== letters.codePointAt(0)) continue;
    if (digitsOf(other.letters) !== digitsOf(letters)) continue;
    const found = likeness(trigrams, other.trigrams);
    if (found >= sameFrom && found > (best?.likeness ?? 0)) best = { name: other.name, likeness: found };
  }
  return best?.name;
}

/** Finds the known tag that a name stands for: itself, a twin of it, or another spelling. */
function createKnownNames(knownTags: readonly string[], languages: readonly string[]) {
  const byKey = new Map<string, string>();
  // An exact name goes before a twin of another, so the names come first and their stems later.
  for (const name of knownTags) {
    const [key = ""] = keysOf(name, []);
    if (key !== "" && !byKey.has(key)) byKey.set(key, name);
  }
  for (const name of knownTags) {
    for (const key of keysOf(name, languages)) if (key !== "" && !byKey.has(key)) byKey.set(key, name);
  }
  const described = knownTags.map(describe);
  return (name: string): string | undefined => {
    for (const key of keysOf(name, languages)) {
      const twin = byKey.get(key);
      if (twin !== undefined) return twin;
    }
    return nearest(name, described);
  };
}

/**
 * What was suggested as tags that may be shown: clean, without twins, on known tags where there is one, and nothing but
 * those in closed mode.
 */
export function finalTags({ suggested, knownTags, mode, maxTags, languages }: FinalTagsInput): SuggestedTag[] {
  const knownNameOf = createKnownNames(knownTags, languages);
  const exact = new Set(knownTags);
  const taken = new Set<string>();
  const tags: SuggestedTag[] = [];
  const add = (tag: SuggestedTag): void => {
    const keys = [...keysOf(tag.name, languages)];
    if (keys.some((key) => taken.has(key))) return;
    for (const key of keys) taken.add(key);
    tags.push(tag);
  };
  for (const raw of suggested) {
    if (tags.length >= maxTags) break;
    // The person's own tags are theirs to name: one that the rules for new names would not let through is taken as it is.
    const names = exact.has(raw) ? [raw] : cleanNames(raw, languages);
    for (const name of names) {
      const known = exact.has(name) ? name : knownNameOf(name);
      if (known !== undefined) add({ name: known, isNew: false });
      else if (mode !== "closed") add({ name, isNew: true });
    }
  }
  return tags.slice(0, maxTags);
}
