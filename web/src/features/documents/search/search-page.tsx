import type { SearchHit, SearchResult } from "@llm-tuner/contract/documents.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { describeError } from "../../../api/describe-error.ts";
import { documentSearchQuery } from "../../../api/document-queries.ts";
import { EmptyState, Skeleton } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { ago, dateTime } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";
import { usePausedText } from "../../../ui/use-paused-text.ts";
import { given, type SearchSearch } from "../document-search-params.ts";
import { ExportMenu } from "../export-menu.tsx";
import { languageName } from "../language-name.ts";
import { AddDocuments } from "../links.tsx";
import { Pager } from "../pager.tsx";
import { plural } from "../plural.ts";
import { TagList, shownTags } from "../tag-list.tsx";
import { Facets } from "./facets.tsx";
import { MarkedText } from "./marked-text.tsx";
import { moveFocus } from "./move-focus.ts";

interface SearchPageProps {
  search: SearchSearch;
  onSearch(search: SearchSearch): void;
}

const pauseMs = 250;

/** The field; the address follows when the person pauses. */
const SearchField = ({ query = "", onQuery }: { query: string | undefined; onQuery(query: string): void }) => {
  const [text, setText] = usePausedText({ value: query, onChange: onQuery, pauseMs });
  return (
    <label className="relative block">
      <Search aria-hidden size={18} className="absolute top-1/2 left-3 -translate-y-1/2 text-faint" />
      <input
        type="search"
        // This page is for searching: whoever opens it wants to type.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        aria-label="Search documents"
        placeholder="Words in titles, tags and texts"
        maxLength={300}
        value={text}
        onChange={({ target }) => setText(target.value)}
        className="h-11 w-full rounded-lg border border-line bg-raised pr-3 pl-10 text-base placeholder:text-faint hover:border-line-strong"
      />
    </label>
  );
};

const factsOf = ({ document }: SearchHit): string =>
  [
    ...(document.language === null ? [] : [languageName(document.language)]),
    ...(document.page_count === null ? [] : [plural(document.page_count, "page")]),
    ago(document.created_at),
  ].join(" · ");

const Hit = ({ hit }: { hit: SearchHit }) => (
  <li className="flex flex-col gap-1.5 border-b border-line px-4 py-3 last:border-0 focus-within:bg-hover hover:bg-hover">
    <Link
      data-hit
      to="/documents/$documentId"
      params={{ documentId: hit.document.id }}
      className="self-start font-medium break-words text-accent-text hover:underline"
    >
      <MarkedText highlight={hit.title} />
    </Link>
    {hit.snippets.map((snippet) => (
      <p key={snippet.text} className="break-words text-soft">
        <MarkedText highlight={snippet} />
      </p>
    ))}
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {shownTags(hit.document.tags).length > 0 && <TagList tags={hit.document.tags} most={6} />}
      <span className="figures text-xs text-faint" title={dateTime(hit.document.created_at)}>
        {factsOf(hit)}
      </span>
    </div>
  </li>
);

const Hits = ({ result, search, onSearch }: SearchPageProps & { result: SearchResult }) => {
  const { query, page: _, ...filters } = search;
  const change = (narrowed: SearchSearch): void => onSearch({ ...search, page: undefined, ...narrowed });
  return (
    <>
      {result.corrected !== null && (
        <Notice>
          Nothing has “{query}” in it. These are documents with <strong>{result.corrected}</strong>.
        </Notice>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[14rem_minmax(0,1fr)]">
        <Facets facets={result.facets} search={search} onSearch={change} />
        <div className="flex min-w-0 flex-col gap-3">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <span role="status" className="figures text-soft">
              {plural(result.total, "document")}
            </span>
            {result.total > 0 && query !== undefined && (
              <ExportMenu
                documents={{ filter: { query: result.corrected ?? query, ...given(filters) } }}
                label="Export these"
              />
            )}
          </div>
          {result.hits.length === 0 ? (
            <EmptyState title="Nothing was found">
              {Object.keys(given(filters)).length > 0
                ? "Take a tag or a language away, or search for other words."
                : "Search for other words, or for fewer of them. Accents and small slips do not matter."}
            </EmptyState>
          ) : (
            <ol className="rounded-lg border border-line bg-raised">
              {result.hits.map((hit) => (
                <Hit key={hit.document.id} hit={hit} />
              ))}
            </ol>
          )}
          <Pager {...result} onPage={(page) => onSearch({ ...search, page })} />
        </div>
      </div>
    </>
  );
};

const Found = ({ query, ...props }: SearchPageProps & { query: string }) => {
  const { page, ...filters } = props.search;
  const { data, error, refetch } = useQuery(documentSearchQuery({ ...given(filters), query }, page));
  return (
    <>
      {error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && (
        <div className="grid gap-4 lg:grid-cols-[14rem_minmax(0,1fr)]">
          <Skeleton className="h-40" />
          <Skeleton className="h-80" />
        </div>
      )}
      {data !== undefined && <Hits {...props} result={data} />}
    </>
  );
};

/** Full-text search over titles, tags and texts. */
export const SearchPage = ({ search, onSearch }: SearchPageProps) => {
  const { query } = search;
  const [onQuery] = useState(() => (wanted: string) => onSearch(wanted === "" ? {} : { query: wanted }));
  return (
    // The keys move the focus only; every stop of theirs can be reached by Tab as well.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="flex flex-col gap-4" onKeyDown={moveFocus}>
      <SearchField query={query} onQuery={onQuery} />
      <p className="-mt-2 hidden text-xs text-faint sm:block">Arrow keys go through the hits, Enter opens one.</p>
      {query === undefined ? (
        <EmptyState title="Search your documents" action={<AddDocuments />}>
          Type words in any language and script. What was tagged or only read is found, the best hits first.
        </EmptyState>
      ) : (
        <Found query={query} search={search} onSearch={onSearch} />
      )}
    </div>
  );
};
