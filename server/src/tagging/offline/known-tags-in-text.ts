import { foldText } from "../../platform/text/fold-text.ts";
import { termsOf, type Term } from "./document-terms.ts";
import { weightOfPlace } from "./rank.ts";

interface Sought {
  name: string;
  stems: readonly string[];
  /** An abbreviation is met in its very letters only: IT is not it. */
  isExact: boolean;
}

interface Found {
  count: number;
  /** Index of the term that it begins with, where it stands first. */
  first: number;
}

export interface TextToSearch {
  text: string;
  terms: readonly Term[];
  language: string | null;
}

const abbreviation = /^(?=.*\p{Lu})[\p{Lu}\p{N}&./-]{1,5}$/u;
const unspacedScript = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** Beyond these words of a longer text one mention alone says little. */
const beginningTerms = 300;

function standsAt({ stems, isExact, name }: Sought, place: number, { terms, text }: TextToSearch): boolean {
  for (const [offset, stem] of stems.entries()) {
    const term = terms[place + offset];
    if (term === undefined || term.stem !== stem || (offset > 0 && term.beginsRun)) return false;
  }
  if (!isExact) return true;
  const last = terms[place + stems.length - 1];
  return text.slice(terms[place]?.start, last?.end) === name;
}

function addPlace(found: Map<string, Found>, name: string, place: number): void {
  const known = found.get(name);
  if (known === undefined) found.set(name, { count: 1, first: place });
  else known.count += 1;
}

/** By the stems of its words, so that `invoice` is found in `Invoices`. */
function findByStems(sought: readonly Sought[], where: TextToSearch, found: Map<string, Found>): void {
  const byFirstStem = Map.groupBy(sought, ({ stems }) => stems[0]);
  for (const [place, { stem }] of where.terms.entries()) {
    for (const tag of byFirstStem.get(stem) ?? []) if (standsAt(tag, place, where)) addPlace(found, tag.name, place);
  }
}

/** As a piece of text: where no spaces are written, the words of a text are cut other than those of a tag alone. */
function findByLetters(names: readonly string[], { text, terms }: TextToSearch, found: Map<string, Found>): void {
  if (names.length === 0) return;
  const folded = foldText(text);
  for (const name of names) {
    const letters = foldText(name);
    const first = folded.indexOf(letters);
    if (first < 0) continue;
    const count = folded.split(letters).length - 1;
    found.set(name, { count, first: Math.round((first / folded.length) * terms.length) });
  }
}

/** Known tags that occur in a text, also in other forms of their words, with how often and where they do. */
function findKnownTags(knownTags: readonly string[], where: TextToSearch): Map<string, Found> {
  const found = new Map<string, Found>();
  const unspaced = knownTags.filter((name) => unspacedScript.test(name));
  const spaced = knownTags
    .filter((name) => !unspacedScript.test(name))
    .map((name) => ({
      name,
      stems: termsOf(name, where.language).map(({ stem }) => stem),
      isExact: abbreviation.test(name),
    }));
  findByStems(
    spaced.filter(({ stems }) => stems.length > 0),
    where,
    found,
  );
  findByLetters(unspaced, where, found);
  return found;
}

/**
 * The known tags that occur in the text or its title, best first. Where `incidental` is false, those are left out that a
 * longer text mentions but once, and late.
 */
export function knownTagsIn({
  knownTags,
  body,
  title,
  incidental,
}: {
  knownTags: readonly string[];
  body: TextToSearch;
  title: TextToSearch;
  incidental: boolean;
}): string[] {
  const inTitle = findKnownTags(knownTags, title);
  const inBody = findKnownTags(knownTags, body);
  const scored = knownTags.flatMap((name) => {
    const found = inBody.get(name);
    const titled = inTitle.has(name);
    if (found === undefined) return titled ? [{ name, score: 1 }] : [];
    if (!incidental && !titled && found.count === 1 && found.first >= beginningTerms) return [];
    return [{ name, score: found.count ** 0.8 * weightOfPlace(found.first) * (titled ? 2 : 1) }];
  });
  return scored.sort((one, other) => other.score - one.score).map(({ name }) => name);
}
