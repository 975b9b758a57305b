import type { DocumentSummary, SearchHit, SearchResult } from "@llm-tuner/contract/documents.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import { foldTag } from "../tags/fold-tag.ts";
import { type CorrectableWord, correctableWords, isOneWord, withWords } from "./correct-query.ts";
import type { CorrectionStore } from "./correction.store.ts";
import { createWordFinder } from "./find-correction.ts";
import { createHitsFinder, type HitsFinderDependencies } from "./find-hits.ts";
import { createMarker } from "./find-marks.ts";
import { highlightAll, snippetsOf } from "./highlight.ts";
import type { Hit, HitsRequest } from "./hits.store.ts";
import { languageLexeme, ownerLexeme, quoteLexeme, tagLexeme } from "./lexemes.ts";
import { parseQuery, type QueryTerm, type SearchQuery } from "./parse-query.ts";
import type { SearchStore } from "./search.store.ts";
import { elementsText, isInTag, type SearchedTag, toTsQuery, type TsQuery } from "./ts-query.ts";

export interface SearchFilters {
  status?: string | undefined;
  tag?: string | undefined;
  language?: string | undefined;
  job_id?: string | undefined;
}

export interface SearchInput extends SearchFilters {
  query: string;
  limit: number;
  offset: number;
}

export interface SearchUsecasesDependencies extends HitsFinderDependencies {
  searchStore: SearchStore;
  correctionStore: CorrectionStore;
  viewsOf: (ids: readonly string[]) => Promise<DocumentSummary[]>;
  clock: Clock;
}

/** Where words are looked for so that they can be shown: more of a text is searched, and not read for its marks. */
const markedCharacters = 20_000;
/** Of a text that holds the words further back. */
const pieceCharacters = 4000;
const maxPiecesRead = 10;

const emptyResult = ({ limit, offset }: SearchInput): SearchResult => ({
  hits: [],
  total: 0,
  limit,
  offset,
  facets: { tags: [], languages: [] },
  corrected: null,
});

interface Prepared {
  query: SearchQuery;
  tsQuery: TsQuery;
  request: HitsRequest;
  languages: readonly string[];
  /** No filter leaves a document out. */
  isAll: boolean;
}

export function createSearchUsecases({
  database,
  searchStore,
  hitsStore,
  facetsStore,
  correctionStore,
  viewsOf,
  clock,
}: SearchUsecasesDependencies) {
  const findHits = createHitsFinder({ database, hitsStore, facetsStore });
  const findWord = createWordFinder({ database, correctionStore });

  /** Tags in whose names a term is found: documents are searched by the ids of these. */
  async function tagsOfTerms(
    userId: string,
    terms: readonly QueryTerm[],
    languages: readonly string[],
  ): Promise<Map<QueryTerm, SearchedTag[]>> {
    const owner = quoteLexeme(ownerLexeme(userId));
    const found = await searchStore.tags(
      database,
      userId,
      terms.map((term) => `${owner} & ${elementsText(term, languages)}`),
    );
    const byTerm = new Map<QueryTerm, SearchedTag[]>(terms.map((term) => [term, []]));
    for (const { term: number, name, search_ids: searchIds } of found) {
      const term = terms[number - 1];
      if (term !== undefined && isInTag(term, name)) byTerm.get(term)?.push({ name, searchIds });
    }
    return byTerm;
  }

  /** The lexemes that the filters ask for; null when there is no such tag. */
  async function required(userId: string, { tag, language }: SearchFilters): Promise<string[][] | null> {
    const lexemes = [[ownerLexeme(userId)]];
    if (language !== undefined) lexemes.push([languageLexeme(language)]);
    if (tag === undefined) return lexemes;
    const ids = await searchStore.searchIdsOfTag(database, userId, foldTag(tag));
    return ids.length === 0 ? null : [...lexemes, ids.map(tagLexeme)];
  }

  async function prepare(
    userId: string,
    query: SearchQuery,
    filters: SearchFilters,
    knownLanguages?: readonly string[],
  ): Promise<Prepared | null> {
    if (query.groups.length === 0) return null;
    const [lexemes, languages] = await Promise.all([
      required(userId, filters),
      knownLanguages ?? searchStore.languages(database, userId),
    ]);
    if (lexemes === null) return null;
    const tags = await tagsOfTerms(userId, query.groups.flat(), languages);
    const tsQuery = toTsQuery(query.groups, { required: lexemes, languages, tagsOf: (term) => tags.get(term) ?? [] });
    const { status = null, tag, language, job_id: jobId = null } = filters;
    const isAll = status === null && tag === undefined && language === undefined && jobId === null;
    return { query, tsQuery, languages, isAll, request: { userId, matching: tsQuery.matching, status, jobId } };
  }

  /** Those of the words that no document of theirs has. */
  async function unknownOf(userId: string, words: readonly CorrectableWord[], languages: readonly string[]) {
    const owner = quoteLexeme(ownerLexeme(userId));
    const single = words.map(({ piece, term }) => ({ ...term, pieces: [piece] }));
    const queries = single.map((term) => `${owner} & ${elementsText(term, languages)}`);
    const [tags, known] = await Promise.all([
      tagsOfTerms(userId, single, languages),
      correctionStore.matched(database, userId, queries),
    ]);
    return words.filter((_, index) => {
      const term = single[index];
      return known[index]?.found === false && (term === undefined || tags.get(term)?.length === 0);
    });
  }

  /**
   * Of a query without a hit, with words that are not known replaced by those they are likely to stand for; null when none
   * is.
   */
  async function corrected(userId: string, { query, languages, isAll }: Prepared): Promise<SearchQuery | null> {
    const words = correctableWords(query);
    if (words.length === 0) return null;
    // A single word that no filter stands in the way of is not known, or it would have been found.
    const unknown = isAll && isOneWord(query) ? words : await unknownOf(userId, words, languages);
    const replacements = await Promise.all(
      unknown.map(async ({ piece }) => {
        const word = await findWord(userId, piece.folded);
        return word === undefined ? [] : [{ piece, word }];
      }),
    );
    return replacements.flat().length === 0 ? null : withWords(query, replacements.flat());
  }

  async function laterPieces(documentIds: readonly string[], terms: readonly QueryTerm[]) {
    if (documentIds.length === 0) return [];
    const words = terms.flatMap(({ pieces }) =>
      pieces.map((piece) => (piece.kind === "word" ? piece.folded : piece.characters.join(""))),
    );
    return searchStore.textsAround(database, { documentIds, words, characters: pieceCharacters });
  }

  /**
   * What is shown of texts: their beginnings are read, or where those hold none of the words, pieces from further back.
   * Reads the texts beside the documents.
   */
  async function show({ query, languages }: Prepared, hits: readonly Hit[]): Promise<SearchHit[]> {
    const ids = hits.map((hit) => hit.document_id);
    if (ids.length === 0) return [];
    const terms = query.groups.flat().filter(({ negated }) => !negated);
    const mark = createMarker({ terms, languages });
    const [documents, rows] = await Promise.all([viewsOf(ids), searchStore.texts(database, ids, markedCharacters)]);
    const language = new Map(documents.map((document) => [document.id, document.language]));
    const marked = (id: string, text: string) => ({ text, marks: mark(text, language.get(id) ?? null) });
    const texts = new Map(rows.map(({ document_id: id, text }) => [id, marked(id, text)]));
    const later = rows
      .map((row) => row.document_id)
      .filter((id, index) => rows[index]?.is_cut === true && texts.get(id)?.marks.length === 0);
    for (const { document_id: id, text } of await laterPieces(later.slice(0, maxPiecesRead), terms))
      texts.set(id, marked(id, text));
    const ranks = new Map(hits.map((hit) => [hit.document_id, hit.rank]));
    return documents.map((document) => {
      const { text, marks } = texts.get(document.id) ?? { text: "", marks: [] };
      return {
        document,
        title: highlightAll(document.title, mark(document.title, document.language)),
        snippets: snippetsOf(text, marks),
        rank: ranks.get(document.id) ?? 0,
      };
    });
  }

  async function answer(prepared: Prepared, input: SearchInput, correctedText: string | null): Promise<SearchResult> {
    const { limit, offset } = input;
    const { ranking } = prepared.tsQuery;
    const hasNegated = prepared.query.groups.flat().some(({ negated }) => negated);
    const found = findHits(prepared.request, { ranking, hasNegated, limit, offset, now: clock.now() });
    const [hits, total, facets] = await Promise.all([
      found.page.then((page) => show(prepared, page)),
      found.total,
      found.facets,
    ]);
    return { hits, total, limit, offset, facets, corrected: correctedText };
  }

  return {
    async search(userId: string, input: SearchInput): Promise<SearchResult> {
      const prepared = await prepare(userId, parseQuery(input.query), input);
      if (prepared === null) return emptyResult(input);
      const result = await answer(prepared, input, null);
      if (result.total > 0) return result;
      const better = await corrected(userId, prepared);
      const again = better === null ? null : await prepare(userId, better, input, prepared.languages);
      if (better === null || again === null) return result;
      const second = await answer(again, input, better.text);
      return second.total > 0 ? second : result;
    },

    /** Ids of all hits by age, newest first, at most so many. */
    async idsOf(userId: string, query: string, filters: SearchFilters, limit: number): Promise<string[]> {
      const prepared = await prepare(userId, parseQuery(query), filters);
      if (prepared === null) return [];
      return hitsStore.ids(database, { ...prepared.request, limit });
    },
  };
}

export type SearchUsecases = ReturnType<typeof createSearchUsecases>;
