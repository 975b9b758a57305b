import type { UsageOf } from "../../api/usage-queries.ts";
import { TextField } from "../../ui/field.tsx";
import { FilterBar, SelectFilter } from "../../ui/filters.tsx";
import { timeRangeOf } from "./time-range.ts";
import { dimensions, measures, type Dimension, type Measure, type OverviewSearch } from "./usage-search.ts";
import { dimensionWords, measureWords } from "./usage-words.ts";

interface OverviewFiltersProps {
  of: UsageOf;
  search: OverviewSearch;
  by: Dimension;
  measure: Measure;
  onSearch(search: OverviewSearch): void;
}

const DateFilter = ({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) => (
  <div className="min-w-0 sm:w-40">
    <TextField
      type="date"
      label={<span className="text-xs text-faint">{label}</span>}
      value={value}
      onChange={({ target }) => (target.value === "" ? undefined : onChange(target.value))}
    />
  </div>
);

const dayMs = 86_400_000;

/** Both days of what is shown now, to begin a range of one's own with. */
const shownDays = (search: OverviewSearch): { from: string; to: string } => {
  const { from, to } = timeRangeOf(search, Date.now());
  const last = to === undefined ? Date.now() : Date.parse(to) - dayMs;
  return { from: from.slice(0, 10), to: new Date(last).toISOString().slice(0, 10) };
};

export const OverviewFilters = ({ of, search, by, measure, onSearch }: OverviewFiltersProps) => {
  const days = shownDays(search);
  return (
    <FilterBar>
      <SelectFilter
        label="Days (UTC)"
        all="Last 30 days"
        choices={[
          { value: "today", word: "Today" },
          { value: "7d", word: "Last 7 days" },
          { value: "month", word: "This month" },
          { value: "custom", word: "Choose days" },
        ]}
        value={search.range === "30d" ? undefined : search.range}
        onChange={(range) =>
          onSearch({ ...search, range, ...(range === "custom" ? days : { from: undefined, to: undefined }) })
        }
      />
      {search.range === "custom" && (
        <>
          <DateFilter label="From" value={days.from} onChange={(from) => onSearch({ ...search, from })} />
          <DateFilter label="To" value={days.to} onChange={(to) => onSearch({ ...search, to })} />
        </>
      )}
      <SelectFilter
        label="By"
        all="Model"
        choices={dimensions
          .filter((dimension) => dimension !== "model" && (dimension !== "user" || of === "everybody"))
          .map((value) => ({ value, word: dimensionWords[value] }))}
        value={by === "model" ? undefined : by}
        onChange={(dimension) => onSearch({ ...search, by: dimension })}
      />
      {by !== "outcome" && (
        <SelectFilter
          label="Measure"
          all="Cost"
          choices={measures.filter((value) => value !== "cost").map((value) => ({ value, word: measureWords[value] }))}
          value={measure === "cost" ? undefined : measure}
          onChange={(chosen) => onSearch({ ...search, measure: chosen })}
        />
      )}
      <SelectFilter
        label="Table by"
        all="Largest measure"
        choices={[
          { value: "cost", word: "Cost" },
          { value: "requests", word: "Requests" },
          { value: "errors", word: "Failed" },
          { value: "tokens", word: "Tokens" },
          { value: "name", word: "Name" },
        ]}
        value={search.order}
        onChange={(order) => onSearch({ ...search, order })}
      />
    </FilterBar>
  );
};
