import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keyNamesQuery, personNamesQuery, usageReportQuery, type UsageOf } from "../../api/usage-queries.ts";
import { Button } from "../../ui/button.tsx";
import { FilterBar, SearchFilter, SelectFilter, TimeFilter } from "../../ui/filters.tsx";
import { nanoUsdOf, usdOf } from "./usd-field.ts";
import type { RequestSearch } from "./usage-search.ts";
import { outcomeWords } from "./usage-words.ts";

interface RequestFilterBarProps {
  of: UsageOf;
  search: RequestSearch;
  onSearch(search: RequestSearch): void;
}

interface Choice {
  value: string;
  word: string;
}

const dayMs = 86_400_000;
/** What was used in this time can be chosen. */
const choiceDays = 90;

/** What stands in the address can be chosen as well, however long ago it was used. */
const withPresent = (choices: readonly Choice[], present: string | undefined): readonly Choice[] =>
  present === undefined || choices.some(({ value }) => value === present)
    ? choices
    : [...choices, { value: present, word: present }];

const useGroups = (of: UsageOf, by: "model" | "provider", from: string): Choice[] => {
  const { data } = useQuery(usageReportQuery(of, { group_by: by, from }));
  return (data?.groups ?? []).flatMap(({ group }) => (group === null ? [] : [{ value: group, word: group }]));
};

const choicesOf = (names: ReadonlyMap<string, string> | undefined): Choice[] =>
  [...(names ?? [])].map(([value, word]) => ({ value, word }));

export const RequestFilterBar = ({ of, search, onSearch }: RequestFilterBarProps) => {
  const [from] = useState(() => new Date(Math.floor(Date.now() / dayMs) * dayMs - choiceDays * dayMs).toISOString());
  const models = useGroups(of, "model", from);
  const providers = useGroups(of, "provider", from);
  const { data: keys } = useQuery({ ...keyNamesQuery, enabled: of === "me" });
  const { data: people } = useQuery({ ...personNamesQuery, enabled: of === "everybody" });
  const set = (change: RequestSearch): void => onSearch({ ...search, ...change });
  const chosen = (
    field: "user_id" | "model" | "provider" | "api_key_id",
    { choices, ...words }: { label: string; all: string; choices: readonly Choice[] },
  ) => (
    <SelectFilter
      {...words}
      choices={withPresent(choices, search[field])}
      value={search[field]}
      onChange={(value) => set({ [field]: value })}
    />
  );
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <FilterBar>
      {of === "everybody" && chosen("user_id", { label: "Person", all: "Everybody", choices: choicesOf(people) })}
      {chosen("model", { label: "Model", all: "Every model", choices: models })}
      {chosen("provider", { label: "Provider", all: "Every provider", choices: providers })}
      {(of === "me" || search.api_key_id !== undefined) &&
        chosen("api_key_id", { label: "Key", all: "Any key or none", choices: choicesOf(keys) })}
      <SelectFilter
        label="Outcome"
        all="Every outcome"
        choices={[
          { value: "completed", word: outcomeWords.completed },
          { value: "aborted", word: outcomeWords.aborted },
          { value: "failed", word: outcomeWords.failed },
        ]}
        value={search.outcome}
        onChange={(outcome) => set({ outcome })}
      />
      <TimeFilter label="From" value={search.from} onChange={(time) => set({ from: time })} />
      <TimeFilter label="To" value={search.to} onChange={(time) => set({ to: time })} />
      <CostFilter search={search} onSearch={onSearch} />
      {isFiltered && (
        <Button look="quiet" className="sm:mb-1" onClick={() => onSearch({})}>
          Clear filters
        </Button>
      )}
    </FilterBar>
  );
};

const CostFilter = ({ search, onSearch }: Pick<RequestFilterBarProps, "search" | "onSearch">) => (
  <SearchFilter
    label="Cost at least (USD)"
    placeholder="0.001"
    value={usdOf(search.min_cost_nano_usd)}
    read={(text) => usdOf(nanoUsdOf(text)) ?? ""}
    onChange={(text) => onSearch({ ...search, min_cost_nano_usd: nanoUsdOf(text) })}
  />
);
