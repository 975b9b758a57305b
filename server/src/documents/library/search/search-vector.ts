import { setImmediate } from "node:timers/promises";
import { type Word, wordsOf } from "../../../platform/text/words.ts";
import {
  foldedCharacters,
  foldWord,
  languageLexeme,
  ownerLexeme,
  pairsOf,
  quoteLexeme,
  stemLexeme,
  stemOf,
  tagLexeme,
  tagWordLexemes,
} from "./lexemes.ts";

export interface SearchableDocument {
  userId: string;
  title: string;
  tags: readonly { id: string; accepted: boolean }[];
  text: string;
  /** ISO 639 code, as detected. */
  language: string | null;
}

export interface SearchVectors {
  /** Everything, as text of a tsvector. */
  full: string;
  /** Title and tags alone: few words, so that what they match can be ranked first. */
  short: string;
  /** The folded words of the title, each once, for spelling mistakes. */
  shortText: string;
}

/** Title and accepted tags, suggested tags, body. */
type Weight = "A" | "B" | "D";

/** PostgreSQL keeps positions up to this and clamps all above it, which would make neighbours of words far apart. */
const maxPosition = 16_383;
/** PostgreSQL keeps no more of one lexeme. */
const maxPositionsOfLexeme = 255;
/** PostgreSQL's own limit is 1 MiB, counted with some bytes for alignment. */
const maxVectorBytes = 900_000;
const maxHeadBytes = 600_000;
const maxHeadCharacters = 400_000;
const maxSampledCharacters = 400_000;
const sampleCharacters = 4000;
/** Between the title, each tag and the text, so that no phrase reaches over them. */
const gap = 10;
const wordsBetweenBreaks = 20_000;

function createVectorBuilder() {
  const places = new Map<string, string[]>();
  let bytes = 0;
  let position = 0;

  /** What there is no room for is left out. */
  const add = (lexeme: string, place: string | null, limitBytes: number): void => {
    const known = places.get(lexeme);
    if (known !== undefined && (place === null || known.length >= maxPositionsOfLexeme)) return;
    const cost = (known === undefined ? Buffer.byteLength(lexeme) + 5 : 0) + (place === null ? 0 : 2);
    if (bytes + cost > limitBytes) return;
    bytes += cost;
    const all = known ?? [];
    if (place !== null) all.push(place);
    if (known === undefined) places.set(lexeme, all);
  };

  const placeOf = (weight: Weight) => `${(position % maxPosition) + 1}${weight === "D" ? "" : weight}`;
  return {
    addWithoutPlace: (lexeme: string) => add(lexeme, null, maxVectorBytes),
    addLexeme: (lexeme: string, weight: Weight) => add(lexeme, placeOf(weight), maxVectorBytes),
    skip: () => (position += gap),
    addWord(word: Word, weight: Weight, language: string | null, limitBytes = maxVectorBytes): void {
      const addHere = (lexeme: string) => add(lexeme, placeOf(weight), limitBytes);
      if (word.unspaced) {
        for (const pair of pairsOf(foldedCharacters(word))) {
          addHere(pair);
          position += 1;
        }
        return;
      }
      const folded = foldWord(word.text);
      if (folded === "") return;
      addHere(folded);
      const stem = stemOf(folded, language);
      if (stem !== undefined) addHere(stemLexeme(stem));
      position += 1;
    },
    toText: () =>
      [...places].map(([lexeme, all]) => quoteLexeme(lexeme) + (all.length > 0 ? `:${all.join(",")}` : "")).join(" "),
  };
}

type VectorBuilder = ReturnType<typeof createVectorBuilder>;

/** The beginning of a long text, and pieces from all over the rest of it. */
function* partsOf(text: string): Generator<{ part: string; limitBytes: number }> {
  yield { part: text.slice(0, maxHeadCharacters), limitBytes: maxHeadBytes };
  const rest = text.length - maxHeadCharacters;
  if (rest <= 0) return;
  const samples = Math.ceil(Math.min(rest, maxSampledCharacters) / sampleCharacters);
  for (let sample = 0; sample < samples; sample += 1) {
    const start = maxHeadCharacters + Math.floor((sample * rest) / samples);
    yield { part: text.slice(start, start + sampleCharacters), limitBytes: maxVectorBytes };
  }
}

async function addText(builder: VectorBuilder, { text, language }: SearchableDocument): Promise<void> {
  let words = 0;
  for (const { part, limitBytes } of partsOf(text)) {
    for (const word of wordsOf(part)) {
      builder.addWord(word, "D", language, limitBytes);
      words += 1;
      // A book takes tenths of a second; others are served meanwhile.
      if (words % wordsBetweenBreaks === 0) await setImmediate();
    }
    builder.skip();
  }
}

function addTitleAndTags(builder: VectorBuilder, { userId, title, tags, language }: SearchableDocument): void {
  for (const word of wordsOf(title)) builder.addWord(word, "A", language);
  builder.skip();
  for (const { id, accepted } of tags) {
    builder.addLexeme(tagLexeme(id), accepted ? "A" : "B");
    builder.skip();
  }
  builder.addWithoutPlace(ownerLexeme(userId));
  if (language !== null) builder.addWithoutPlace(languageLexeme(language));
}

const shortTextOf = (title: string): string =>
  [...new Set(Array.from(wordsOf(title), ({ text }) => foldWord(text)))].filter((word) => word !== "").join(" ");

/** Of a tag in the library, as text of a tsvector. */
export const tagVectorOf = (userId: string, name: string): string =>
  [ownerLexeme(userId), ...tagWordLexemes(name)].map(quoteLexeme).join(" ");

/** What is kept to find a document by. Never fails for what the document holds, and never exceeds PostgreSQL's bounds. */
export async function searchVectorsOf(document: SearchableDocument): Promise<SearchVectors> {
  const short = createVectorBuilder();
  addTitleAndTags(short, document);
  const full = createVectorBuilder();
  addTitleAndTags(full, document);
  await addText(full, document);
  return { full: full.toText(), short: short.toText(), shortText: shortTextOf(document.title) };
}
