import type { OfferedModel, ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { describeError } from "../../../api/describe-error.ts";
import { offeredModelsQuery } from "../../../api/provider-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { FilterBar, SearchFilter, SelectFilter } from "../../../ui/filters.tsx";
import { PagedTable } from "../../../ui/paged-table.tsx";
import { PriceDialog } from "../prices/price-dialog.tsx";
import type { PriceWish } from "../prices/price-values.ts";
import { ImportModels } from "./import-models.tsx";
import { filtered, type ModelFilters } from "./model-filters.ts";
import { ModelForm } from "./model-form.tsx";
import { ModelRow } from "./model-row.tsx";

interface ModelsOnOfferProps {
  connection: ProviderConnection;
  filters: ModelFilters;
  onFilters(filters: ModelFilters): void;
}

const pageSize = 100;

const Filters = ({ filters, onFilters }: Omit<ModelsOnOfferProps, "connection">) => {
  const onSearch = useCallback((search: string | undefined) => onFilters({ ...filters, search }), [filters, onFilters]);
  return (
    <FilterBar>
      <SearchFilter label="Search" placeholder="Name" value={filters.search} onChange={onSearch} />
      <SelectFilter
        label="Show"
        all="Every model"
        choices={[
          { value: "unpriced", word: "Without a price" },
          { value: "disabled", word: "Disabled" },
          { value: "own", word: "Added or changed" },
        ]}
        value={filters.show}
        onChange={(show) => onFilters({ ...filters, show })}
      />
    </FilterBar>
  );
};

interface Opened {
  act: "import" | "add" | "edit";
  model?: OfferedModel;
}

interface DialogsProps {
  connection: ProviderConnection;
  offered: readonly OfferedModel[];
  opened: Opened | undefined;
  onClose(): void;
}

const Dialogs = ({ connection, offered, opened, onClose }: DialogsProps) => {
  const { model } = opened ?? {};
  return (
    <>
      <Dialog
        open={opened?.act === "import"}
        onClose={onClose}
        title={`Models that ${connection.name} lists`}
        description="Choose those that programs may ask for. What the provider says of them is taken over."
      >
        <ImportModels
          connection={connection}
          offered={new Set(offered.map((other) => other.model))}
          onClose={onClose}
        />
      </Dialog>
      <Dialog open={opened?.act === "add"} onClose={onClose} title={`Offer a model of ${connection.name}`}>
        <ModelForm connection={connection} model={undefined} onClose={onClose} />
      </Dialog>
      <Dialog open={opened?.act === "edit"} onClose={onClose} title={`Edit ${model?.model ?? ""}`}>
        <ModelForm connection={connection} model={model} onClose={onClose} />
      </Dialog>
    </>
  );
};

/** What programs may ask of a connection, and what becomes of it. */
export const ModelsOnOffer = ({ connection, filters, onFilters }: ModelsOnOfferProps) => {
  const { data, error, refetch } = useQuery(offeredModelsQuery);
  const [opened, setOpened] = useState<Opened>();
  const [wish, setWish] = useState<PriceWish>();
  const [pages, setPages] = useState(1);
  const offered = data?.models.filter(({ connection_id }) => connection_id === connection.id);
  const rows = offered === undefined ? undefined : filtered(offered, filters);
  const shown = rows?.slice(0, pages * pageSize);
  const acts = (
    <>
      <Button onClick={() => setOpened({ act: "import" })}>Import from the provider</Button>
      <Button onClick={() => setOpened({ act: "add" })}>Add by hand</Button>
    </>
  );
  return (
    <section aria-label="Models on offer" className="flex flex-col gap-4">
      {offered?.length !== 0 && (
        <div className="flex flex-wrap items-start justify-between gap-3">
          <Filters filters={filters} onFilters={onFilters} />
          <div className="flex flex-wrap gap-2 sm:mt-[22px]">{acts}</div>
        </div>
      )}
      <PagedTable
        titles={["Model", "Per million tokens", "Context", "Can", "When the client goes", "Status", "Actions"]}
        numbers={["Context"]}
        rows={shown}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={
          rows !== undefined && shown !== undefined && rows.length > shown.length
            ? { isBusy: false, onMore: () => setPages(pages + 1) }
            : undefined
        }
        empty={
          offered?.length === 0 ? (
            <EmptyState
              title="No models on offer"
              action={<div className="flex flex-wrap justify-center gap-2">{acts}</div>}
            >
              Programs can ask for nothing here yet. Choose from what the provider lists, or add names by hand.
            </EmptyState>
          ) : (
            <EmptyState title="No model fits these filters">Take a filter away, or add the model.</EmptyState>
          )
        }
        row={(model) => (
          <ModelRow
            key={model.id}
            model={model}
            onEdit={() => setOpened({ act: "edit", model })}
            onSetPrice={setWish}
          />
        )}
      />
      <Dialogs connection={connection} offered={offered ?? []} opened={opened} onClose={() => setOpened(undefined)} />
      <PriceDialog wish={wish} onClose={() => setWish(undefined)} />
    </section>
  );
};
