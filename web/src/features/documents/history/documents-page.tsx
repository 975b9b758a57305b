import type { documentSorts, DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { useQuery } from "@tanstack/react-query";
import { describeError } from "../../../api/describe-error.ts";
import { documentsQuery } from "../../../api/document-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { FilterBar, SelectFilter } from "../../../ui/filters.tsx";
import { ago, count, dateTime } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { ChoiceBox } from "../choice-box.tsx";
import { given, type DocumentListSearch } from "../document-search-params.ts";
import { DocumentState } from "../document-status.tsx";
import { costWord, documentWords } from "../document-words.ts";
import { ExportMenu, type Exported } from "../export-menu.tsx";
import { languageName } from "../language-name.ts";
import { AddDocuments, DocumentLink } from "../links.tsx";
import { Pager } from "../pager.tsx";
import { TagList } from "../tag-list.tsx";
import { useLanguageChoices, useTagChoices } from "./filter-choices.ts";
import { useSelection } from "./use-selection.ts";

const sortWords: Record<(typeof documentSorts)[number], string> = {
  newest: "Newest first",
  oldest: "Oldest first",
  title: "Title, A to Z",
  "-title": "Title, Z to A",
  pages: "Fewest pages",
  "-pages": "Most pages",
  cost: "Lowest cost",
  "-cost": "Highest cost",
};

const statuses = ["completed", "failed", "processing", "pending", "cancelled"] as const;
const sorts = ["oldest", "title", "-title", "-pages", "pages", "-cost", "cost"] as const;

interface DocumentsPageProps {
  search: DocumentListSearch;
  onSearch(search: DocumentListSearch): void;
}

const Filters = ({ search, onSearch }: DocumentsPageProps) => {
  const languages = useLanguageChoices(search.language);
  const tags = useTagChoices(search.tag);
  // Another filter begins on its first page.
  const set = (change: DocumentListSearch): void => onSearch({ ...search, page: undefined, ...change });
  const { sort: _sort, page: _page, ...filters } = search;
  return (
    <FilterBar>
      <SelectFilter
        label="Status"
        all="Every status"
        choices={statuses.map((value) => ({ value, word: documentWords[value] }))}
        value={search.status}
        onChange={(status) => set({ status })}
      />
      <SelectFilter label="Tag" all="Any tag" choices={tags} value={search.tag} onChange={(tag) => set({ tag })} />
      <SelectFilter
        label="Language"
        all="Every language"
        choices={languages}
        value={search.language}
        onChange={(language) => set({ language })}
      />
      <SelectFilter
        label="Sort"
        all={sortWords.newest}
        choices={sorts.map((value) => ({ value, word: sortWords[value] }))}
        value={search.sort === "newest" ? undefined : search.sort}
        onChange={(sort) => set({ sort })}
      />
      {Object.values(filters).some((value) => value !== undefined) && (
        <Button look="quiet" className="sm:mb-1" onClick={() => onSearch({ sort: search.sort })}>
          Clear filters
        </Button>
      )}
    </FilterBar>
  );
};

const Row = ({
  document,
  isChosen,
  onChosen,
}: {
  document: DocumentSummary;
  isChosen: boolean;
  onChosen(isChosen: boolean): void;
}) => (
  <TableRow>
    <Cell>
      <div className="flex items-start gap-3">
        <span className="mt-1 flex">
          <ChoiceBox name={document.title} isChosen={isChosen} onChosen={onChosen} />
        </span>
        <DocumentLink document={document} />
      </div>
    </Cell>
    <Cell>
      <DocumentState document={document} />
    </Cell>
    <Cell>
      <div className="sm:w-60">
        <TagList tags={document.tags} most={3} />
      </div>
    </Cell>
    <Cell>{document.language === null ? "–" : languageName(document.language)}</Cell>
    <Cell isNumber>{document.page_count === null ? "–" : count(document.page_count)}</Cell>
    <Cell isNumber>{document.status === "completed" ? costWord(document.cost_usd) : "–"}</Cell>
    <Cell title={dateTime(document.created_at)}>
      <span className="whitespace-nowrap">{ago(document.created_at)}</span>
    </Cell>
  </TableRow>
);

const Toolbar = ({
  total,
  shownIds,
  selection,
  filter,
}: {
  total: number;
  shownIds: readonly string[];
  selection: ReturnType<typeof useSelection>;
  filter: NonNullable<Exported["filter"]>;
}) => {
  const { chosen, set, clear } = selection;
  const hasAll = shownIds.length > 0 && shownIds.every((id) => chosen.has(id));
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          disabled={shownIds.length === 0}
          checked={hasAll}
          onChange={({ target }) => set(shownIds, target.checked)}
        />
        This page
      </label>
      <span role="status" className="figures text-soft">
        {chosen.size === 0 ? `${count(total)} in all` : `${count(chosen.size)} chosen`}
      </span>
      {chosen.size > 0 && (
        <Button look="quiet" onClick={clear}>
          Choose none
        </Button>
      )}
      <div className="ml-auto flex gap-2">
        <ExportMenu
          documents={chosen.size === 0 ? { filter } : { document_ids: [...chosen] }}
          label={chosen.size === 0 ? "Export all of these" : `Export ${count(chosen.size)}`}
        />
      </div>
    </div>
  );
};

/** All one's documents, by filters that stand in the address. */
export const DocumentsPage = ({ search, onSearch }: DocumentsPageProps) => {
  const { page, ...filters } = search;
  const { sort: _, ...filter } = filters;
  const { data, error, refetch } = useQuery(documentsQuery(given(filters), page));
  const selection = useSelection();
  const isFiltered = Object.keys(given(filter)).length > 0;
  return (
    <>
      <Filters search={search} onSearch={onSearch} />
      <Toolbar
        total={data?.total ?? 0}
        shownIds={data?.documents.map(({ id }) => id) ?? []}
        selection={selection}
        filter={given(filter)}
      />
      <PagedTable
        titles={["Document", "Status", "Tags", "Language", "Pages", "Cost", "Added"]}
        numbers={["Pages", "Cost"]}
        rows={data?.documents}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={
          isFiltered || page !== undefined ? (
            <EmptyState title="No document fits these filters">Take a filter away to see more.</EmptyState>
          ) : (
            <EmptyState title="No documents yet" action={<AddDocuments />}>
              Every document that you add stands here with its text, its tags and what it cost.
            </EmptyState>
          )
        }
        row={(document) => (
          <Row
            key={document.id}
            document={document}
            isChosen={selection.chosen.has(document.id)}
            onChosen={(isChosen) => selection.set([document.id], isChosen)}
          />
        )}
      />
      {data !== undefined && <Pager {...data} onPage={(next) => onSearch({ ...search, page: next })} />}
    </>
  );
};
