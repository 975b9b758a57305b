import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paged } from "../../api/paged.ts";
import { modelsQuery } from "../../api/queries.ts";
import { buttonClass } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/card.tsx";
import { ago, bytes } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Cell, PagedTable, TableRow } from "../../ui/paged-table.tsx";
import { ParityStatus } from "./parity.tsx";

const Models = () => (
  <PagedTable
    {...paged(useInfiniteQuery(modelsQuery), (page) => page.models)}
    titles={["Model", "Held-out loss", "Parity", "Size", "Made"]}
    empty={
      <EmptyState
        title="No models yet"
        action={
          <Link to="/tuning/new" className={buttonClass("primary")}>
            New run
          </Link>
        }
      >
        A model appears here when its run has completed and what it serves has been compared with what was trained.
      </EmptyState>
    }
    row={(model) => (
      <TableRow key={model.id}>
        <Cell>
          <Link
            to="/models/$modelId"
            params={{ modelId: model.id }}
            className="font-medium text-accent-text hover:underline"
          >
            {model.name}
          </Link>
        </Cell>
        <Cell>
          {model.held_out_loss_before?.toFixed(3) ?? "–"} → {model.held_out_loss_after?.toFixed(3) ?? "–"}
        </Cell>
        <Cell>
          <ParityStatus parity={model.parity} />
        </Cell>
        <Cell>{bytes(model.size_bytes)}</Cell>
        <Cell title={model.created_at}>{ago(model.created_at)}</Cell>
      </TableRow>
    )}
  />
);

export const ModelsPage = () => (
  <Page title="Models" subtitle="Models that you have tuned, newest first.">
    <Models />
  </Page>
);
