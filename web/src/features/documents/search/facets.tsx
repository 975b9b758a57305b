import type { SearchResult } from "@llm-tuner/contract/documents.ts";
import { clsx } from "clsx";
import { count } from "../../../ui/format.ts";
import type { SearchSearch } from "../document-search-params.ts";
import { languageName } from "../language-name.ts";

interface FacetProps {
  title: string;
  values: readonly { value: string; count: number }[];
  chosen: string | undefined;
  wordOf?(value: string): string;
  onChoose(value: string | undefined): void;
}

const Facet = ({ title, values, chosen, wordOf = String, onChoose }: FacetProps) => {
  // What is chosen can be taken away also where nothing has it.
  const shown =
    chosen === undefined || values.some(({ value }) => value === chosen)
      ? values
      : [{ value: chosen, count: 0 }, ...values];
  if (shown.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-xs text-faint">{title}</h3>
      <ul className="-mx-4 flex gap-1 overflow-x-auto px-4 sm:mx-0 sm:flex-wrap sm:px-0 lg:flex-col lg:flex-nowrap lg:gap-0">
        {shown.map(({ value, count: documents }) => (
          <li key={value} className="max-w-60 shrink-0 lg:max-w-none lg:min-w-0">
            <button
              type="button"
              aria-pressed={value === chosen}
              onClick={() => onChoose(value === chosen ? undefined : value)}
              className={clsx(
                "figures flex w-full min-w-0 items-baseline justify-between gap-2 rounded-md border border-line px-2 py-1 text-left lg:border-0",
                value === chosen ? "bg-accent-soft font-medium text-accent-text" : "hover:bg-hover",
              )}
            >
              <span className="truncate">{wordOf(value)}</span>
              <span className="text-xs text-faint">{count(documents)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
};

interface FacetsProps {
  facets: SearchResult["facets"];
  search: SearchSearch;
  onSearch(change: SearchSearch): void;
}

/** What the hits have in common, to narrow them by. */
export const Facets = ({ facets, search, onSearch }: FacetsProps) => (
  <aside className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-4">
    <Facet title="Tags" values={facets.tags} chosen={search.tag} onChoose={(tag) => onSearch({ tag })} />
    <Facet
      title="Languages"
      values={facets.languages}
      chosen={search.language}
      wordOf={languageName}
      onChoose={(language) => onSearch({ language })}
    />
  </aside>
);
