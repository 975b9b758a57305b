import type { UsageGroup, UsageSums } from "@llm-tuner/contract/usage.ts";
import type { UsageOf } from "../../api/usage-queries.ts";
import { EmptyState } from "../../ui/card.tsx";
import { count, money } from "../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../ui/paged-table.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { sortedRows, type OverviewRow } from "./overview-rows.ts";
import { RequestsLink } from "./usage-links.tsx";
import { measureOf } from "./usage-series.ts";
import { dimensionWords, shareText, costText } from "./usage-words.ts";
import type { Dimension, Measure, Order, RequestSearch } from "./usage-search.ts";

interface OverviewTableProps {
  of: UsageOf;
  by: Dimension;
  measure: Measure;
  order: Order;
  totals: UsageSums;
  groups: readonly UsageGroup[];
  range: { from: string; to: string };
  nameOf(name: string | null): string;
}

/** The filter of the log that leaves just the requests of a row; null where there is none. */
const filterOf = (by: Dimension, name: string | null): RequestSearch | null => {
  if (by === "outcome") return name === "failed" ? { outcome: "failed" } : null;
  if (name === null) return null;
  return by === "key" ? { api_key_id: name } : by === "user" ? { user_id: name } : { [by]: name };
};

const Share = ({ row, measure, totals }: { row: OverviewRow; measure: Measure; totals: UsageSums }) => {
  const { requests, unpriced } = row.sums;
  // Nobody knows what part of the cost it is.
  if (measure === "cost" && unpriced > 0 && unpriced === requests) return "–";
  const whole = measureOf(totals, measure);
  const share = whole === 0 ? 0 : measureOf(row.sums, measure) / whole;
  return (
    <div className="flex w-32 items-center gap-2 sm:w-auto sm:min-w-28">
      <ProgressBar share={share} label={`Share of ${row.word}`} />
      <span className="shrink-0 text-xs whitespace-nowrap">{shareText(share)}</span>
    </div>
  );
};

/** The same sums as the columns above, for reading and for whoever cannot see them. */
export const OverviewTable = ({ of, by, measure, order, totals, groups, range, nameOf }: OverviewTableProps) => (
  <PagedTable
    rows={sortedRows({ by, groups, totals, nameOf }, order)}
    titles={[dimensionWords[by], "Requests", "Failed", "Tokens in", "Tokens out", "Cost", "Share"]}
    numbers={["Requests", "Failed", "Tokens in", "Tokens out", "Cost"]}
    error={undefined}
    onRetry={() => undefined}
    more={undefined}
    empty={<EmptyState title="Nothing was asked in this time">Choose another range of days.</EmptyState>}
    row={(row) => {
      const filter = filterOf(by, row.name);
      const { sums } = row;
      return (
        <TableRow key={row.name ?? ""}>
          <Cell>
            {filter === null ? (
              <span className="font-medium">{row.word}</span>
            ) : (
              <RequestsLink of={of} search={{ ...filter, ...range }}>
                <span className="break-all">{row.word}</span>
              </RequestsLink>
            )}
          </Cell>
          <Cell isNumber>{count(sums.requests)}</Cell>
          <Cell isNumber>{count(sums.errors)}</Cell>
          <Cell isNumber>{by === "outcome" ? "–" : count(sums.input_tokens)}</Cell>
          <Cell isNumber>{by === "outcome" ? "–" : count(sums.output_tokens)}</Cell>
          <Cell isNumber title={by === "outcome" ? undefined : money(sums.cost_nano_usd)}>
            {by === "outcome" ? "–" : costText(sums)}
          </Cell>
          <Cell>
            <Share row={row} measure={measure} totals={totals} />
          </Cell>
        </TableRow>
      );
    }}
  />
);
