import type { TagMode } from "@llm-tuner/contract/document-jobs.ts";
import { offlineTagger, untranslatedNote } from "@llm-tuner/contract/tagging.ts";
import type { SuggestedTag } from "../../documents/documents.module.ts";
import { finalTags } from "../names/final-tags.ts";
import { termsOf, type Term } from "./document-terms.ts";
import { knownTagsIn } from "./known-tags-in-text.ts";
import { rankCandidates } from "./rank.ts";
import { shownForm } from "./shown-form.ts";

export interface OfflineTaggingInput {
  title: string;
  text: string;
  /** Of the text (ISO 639); null where it is not known. */
  language: string | null;
  /** Languages that the tags shall be in; empty for the document's own. */
  languages: readonly string[];
  maxTags: number;
  mode: TagMode;
  knownTags: readonly string[];
}

export interface OfflineTags {
  tags: SuggestedTag[];
  /** What could not be done, in words for people; null when all was. */
  note: string | null;
}

/** More of a text changes its tags no more, and would cost time: what stands late weighs little. */
const headCharacters = 100_000;
const headCharactersOfTitle = 500;
/** Some candidates are no names of tags, and some are twins of others. */
const candidatesPerTag = 4;

/** What is looked for is bounded, so that a text without spaces costs no more. */
const addresses = /(?<![a-z])[a-z]{2,10}:\/\/[!-~]+|(?<![\w.%+-])[\w.%+-]{1,64}@[\w.-]+/giu;
const hyphenAtLineEnd = /(?<=\p{Ll})[-\u2010\u00ad]\n(?=\p{Ll})/gu;

/** One kind of line break, no addresses, and no words that the end of a line cuts in two. */
const readable = (text: string): string =>
  text.toWellFormed().replaceAll(/\r\n?/gu, "\n").replaceAll(addresses, "\n\n").replaceAll(hyphenAtLineEnd, "");

/** The tagger's own words, best first. Of two where one begins with the other only the better one is taken. */
function ownSuggestions(text: string, terms: readonly Term[], titleTerms: readonly Term[], most: number): string[] {
  const taken: string[] = [];
  const names: string[] = [];
  for (const { candidate } of rankCandidates(terms, titleTerms)) {
    if (names.length >= most) break;
    const key = `${candidate.key} `;
    if (taken.some((other) => other.startsWith(key) || key.startsWith(other))) continue;
    taken.push(key);
    names.push(shownForm(candidate, terms, text));
  }
  return names;
}

/**
 * Tags a text without a model: by what it says early, often and in several words. Known tags go first where they are
 * preferred, and alone where the list is closed. Takes milliseconds, also for a text of many megabytes.
 */
export function tagOffline(input: OfflineTaggingInput): OfflineTags {
  const { language, languages, maxTags, mode, knownTags } = input;
  const text = readable(input.text.slice(0, headCharacters));
  const title = readable(input.title.slice(0, headCharactersOfTitle));
  const terms = termsOf(text, language);
  const titleTerms = termsOf(title, language);
  const known =
    mode === "free"
      ? []
      : knownTagsIn({
          knownTags,
          body: { text, terms, language },
          title: { text: title, terms: titleTerms, language },
          incidental: mode === "closed",
        });
  // Words of the text are in its language: where only other languages are asked for, none of them is a tag.
  const speaks = language === null || languages.length === 0 || languages.includes(language);
  const hasOwn = mode !== "closed" && speaks;
  const own = hasOwn ? ownSuggestions(text, terms, titleTerms, maxTags * candidatesPerTag) : [];
  const tags = finalTags({
    suggested: [...known, ...own],
    knownTags,
    mode,
    maxTags,
    languages: language === null ? [] : [language],
  });
  return { tags, note: untranslatedNote({ tagger: offlineTagger, language, languages }) };
}
