import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { paged } from "../../../api/paged.ts";
import { pricesQuery } from "../../../api/provider-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { FilterBar, SearchFilter, SelectFilter } from "../../../ui/filters.tsx";
import { PagedTable } from "../../../ui/paged-table.tsx";
import { MissingPrices } from "./missing-prices.tsx";
import { PriceDialog } from "./price-dialog.tsx";
import type { PriceFilters } from "./price-filters.ts";
import { PriceRow } from "./price-row.tsx";
import type { PriceWish } from "./price-values.ts";

interface PricesPageProps {
  filters: PriceFilters;
  onFilters(filters: PriceFilters): void;
}

const Filters = ({ filters, onFilters }: PricesPageProps) => {
  const onProvider = useCallback(
    (provider: string | undefined) => onFilters({ ...filters, provider }),
    [filters, onFilters],
  );
  const onModel = useCallback(
    (model_pattern: string | undefined) => onFilters({ ...filters, model_pattern }),
    [filters, onFilters],
  );
  return (
    <FilterBar>
      <SearchFilter label="Provider" placeholder="openai" value={filters.provider} onChange={onProvider} />
      <SearchFilter
        label="Model"
        placeholder="As in the list, whole"
        value={filters.model_pattern}
        onChange={onModel}
      />
      <SelectFilter
        label="Versions"
        all="Open ones"
        choices={[{ value: "all", word: "Ended ones, too" }]}
        value={filters.versions}
        onChange={(versions) => onFilters({ ...filters, versions })}
      />
    </FilterBar>
  );
};

const numbers = ["Input", "Cached", "Output"];

export const PricesPage = ({ filters, onFilters }: PricesPageProps) => {
  const [wish, setWish] = useState<PriceWish | "new">();
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-3xl text-soft">
          US dollars per million tokens, unless another unit is named. A price of your own comes before the one that was
          shipped, a name before a pattern. Prices are never changed: a new one ends the one before.
        </p>
        <Button look="primary" onClick={() => setWish("new")}>
          Set a price
        </Button>
      </div>
      <MissingPrices onSetPrice={setWish} />
      <Filters filters={filters} onFilters={onFilters} />
      <PagedTable
        {...paged(
          useInfiniteQuery(pricesQuery({ ...filters, versions: filters.versions ?? "open" })),
          ({ prices }) => prices,
        )}
        titles={["Model", ...numbers, "Others", "Validity", "Source", "Actions"]}
        numbers={numbers}
        empty={<EmptyState title="No price fits these filters">Take a filter away, or set a price.</EmptyState>}
        row={(price) => (
          <PriceRow
            key={price.id}
            price={price}
            onSetPrice={setWish}
            onHistory={() =>
              onFilters({ provider: price.provider, model_pattern: price.model_pattern, versions: "all" })
            }
          />
        )}
      />
      <PriceDialog wish={wish} onClose={() => setWish(undefined)} />
    </>
  );
};
