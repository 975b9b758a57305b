import { auditActions } from "@llm-tuner/contract/audit.ts";
import { useCallback } from "react";
import { Button } from "../../../ui/button.tsx";
import { FilterBar, SearchFilter, SelectFilter, TimeFilter } from "../../../ui/filters.tsx";
import type { AuditSearch } from "./audit-filters.ts";
import { actionWords } from "./audit-words.ts";

interface AuditFilterBarProps {
  filters: AuditSearch;
  onFilters(filters: AuditSearch): void;
}

const choices = auditActions.map((value) => ({ value, word: actionWords[value] }));

export const AuditFilterBar = ({ filters, onFilters }: AuditFilterBarProps) => {
  const onActor = useCallback((actor: string | undefined) => onFilters({ ...filters, actor }), [filters, onFilters]);
  const onTarget = useCallback((target: string | undefined) => onFilters({ ...filters, target }), [filters, onFilters]);
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <FilterBar>
      <SelectFilter
        label="What happened"
        all="Everything"
        choices={choices}
        value={filters.action}
        onChange={(action) => onFilters({ ...filters, action })}
      />
      <TimeFilter label="From" value={filters.from} onChange={(from) => onFilters({ ...filters, from })} />
      <TimeFilter label="To" value={filters.to} onChange={(to) => onFilters({ ...filters, to })} />
      <SearchFilter label="By whom" placeholder="user_… or key_…" value={filters.actor} onChange={onActor} />
      <SearchFilter label="On what" placeholder="Id of what was acted on" value={filters.target} onChange={onTarget} />
      {isFiltered && (
        <Button look="quiet" className="sm:mb-1" onClick={() => onFilters({})}>
          Clear filters
        </Button>
      )}
    </FilterBar>
  );
};
