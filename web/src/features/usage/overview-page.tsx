import type { UsageReport, UsageSums } from "@llm-tuner/contract/usage.ts";
import { exportAllUsage, exportUsage } from "@llm-tuner/contract/usage.ts";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useMemo, useState } from "react";
import { download } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { useAct } from "../../api/use-act.ts";
import { usageReportQuery, type UsageOf, type UsageReportQuery } from "../../api/usage-queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Card, EmptyState, Figures, Skeleton } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { count, money } from "../../ui/format.ts";
import { Notice } from "../../ui/notice.tsx";
import { OverviewFilters } from "./overview-filters.tsx";
import { OverviewTable } from "./overview-table.tsx";
import { slotsOf, timeRangeOf, type TimeRange } from "./time-range.ts";
import { UsageChart } from "./usage-chart.tsx";
import type { Dimension, Measure, OverviewSearch } from "./usage-search.ts";
import { outcomeSeries, seriesOf } from "./usage-series.ts";
import { costText } from "./usage-words.ts";
import { useNames } from "./use-names.ts";

interface OverviewPageProps {
  of: UsageOf;
  search: OverviewSearch;
  onSearch(search: OverviewSearch): void;
}

const Totals = ({ totals }: { totals: UsageSums }) => (
  <Figures
    figures={[
      {
        name: "Cost",
        meaning: "Of all requests whose models have a price.",
        value: <span title={money(totals.cost_nano_usd)}>{totals.requests === 0 ? "$0.00" : costText(totals)}</span>,
      },
      { name: "Requests", value: count(totals.requests) },
      { name: "Tokens in", value: count(totals.input_tokens) },
      { name: "Tokens out", value: count(totals.output_tokens) },
      { name: "Failed", value: count(totals.errors) },
    ]}
  />
);

const Unpriced = ({ of, totals }: { of: UsageOf; totals: UsageSums }) => (
  <Notice tone="warning">
    {count(totals.unpriced)} {totals.unpriced === 1 ? "request has" : "requests have"} no price and{" "}
    {totals.unpriced === 1 ? "is" : "are"} not part of the cost.{" "}
    {of === "me"
      ? "An administrator can set the missing price; what was used is billed by it then."
      : "Set the missing price under Prices; what was used can be billed by it then."}
  </Notice>
);

const Nothing = ({ of }: { of: UsageOf }) => (
  <EmptyState
    title="Nothing was asked in this time"
    action={
      of === "me" && (
        <Link to="/playground" className={buttonClass("primary")}>
          Ask a model
        </Link>
      )
    }
  >
    Every request to a model appears here with its tokens and its cost, be it from the playground or by a key.
  </EmptyState>
);

const Export = ({ of, query }: { of: UsageOf; query: UsageReportQuery }) => {
  const save = useAct({
    act: () => {
      if (of === "everybody") return download(exportAllUsage, { query }, "usage.csv");
      const { user_id: _, group_by, split_by: __, ...rest } = query;
      return download(
        exportUsage,
        { query: { ...rest, ...(group_by === undefined || group_by === "user" ? {} : { group_by }) } },
        "usage.csv",
      );
    },
    notice: "The sums are among your downloads.",
  });
  return (
    <Button isBusy={save.isPending} onClick={() => save.mutate()}>
      <Download aria-hidden size={14} />
      CSV
    </Button>
  );
};

interface ShownProps {
  of: UsageOf;
  search: OverviewSearch;
  by: Dimension;
  measure: Measure;
  range: TimeRange;
  columns: UsageReport;
  table: UsageReport;
}

const Shown = ({ of, search, by, measure, range, columns, table }: ShownProps) => {
  const nameOf = useNames(of);
  const { unit } = range;
  const [slots, series] = useMemo(() => {
    const times = slotsOf({ from: columns.from, to: columns.to, unit });
    return [
      times,
      by === "outcome" ? outcomeSeries(columns.groups, times) : seriesOf(columns.groups, times, measure),
    ] as const;
  }, [columns, unit, by, measure]);
  const { totals } = table;
  return (
    <>
      <Card>
        <Totals totals={totals} />
      </Card>
      {totals.unpriced > 0 && <Unpriced of={of} totals={totals} />}
      {(columns.truncated || table.truncated) && (
        <Notice tone="warning">There is more than can be shown. The totals have all; choose fewer days.</Notice>
      )}
      {totals.requests === 0 ? (
        <Nothing of={of} />
      ) : (
        <>
          <Card>
            <UsageChart
              slots={slots}
              unit={unit}
              series={series}
              measure={measure}
              nameOf={({ kind, name }) => (kind === "rest" ? "All others" : nameOf(by, name))}
            />
          </Card>
          <OverviewTable
            of={of}
            by={by}
            measure={measure}
            order={search.order ?? (measure === "cost" ? "cost" : measure)}
            totals={totals}
            groups={table.groups}
            range={{ from: table.from, to: table.to }}
            nameOf={(name) => nameOf(by, name)}
          />
        </>
      )}
    </>
  );
};

/** What was used and what it cost: sums, columns by day and a table, told apart as the person chooses. */
export const OverviewPage = ({ of, search, onSearch }: OverviewPageProps) => {
  const [openedAt] = useState(() => Date.now());
  const range = timeRangeOf(search, openedAt);
  const by = search.by === "user" && of === "me" ? "model" : (search.by ?? "model");
  // How a request ended says nothing of what it cost.
  const measure = by === "outcome" ? "requests" : (search.measure ?? "cost");
  const times = { from: range.from, ...(range.to === undefined ? {} : { to: range.to }) };
  const split = by === "outcome" ? {} : { split_by: by };
  const tableQuery = { ...times, group_by: by === "outcome" ? range.unit : by };
  const [columns, table] = useQueries({
    queries: [usageReportQuery(of, { ...times, group_by: range.unit, ...split }), usageReportQuery(of, tableQuery)],
  });
  const error = columns.error ?? table.error;
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <OverviewFilters of={of} search={search} by={by} measure={measure} onSearch={onSearch} />
        <Export of={of} query={tableQuery} />
      </div>
      {error !== null && (
        <ErrorPanel
          error={describeError(error)}
          onRetry={() => void Promise.all([columns.refetch(), table.refetch()])}
        />
      )}
      {error === null && (columns.data === undefined || table.data === undefined) && (
        <>
          <Skeleton className="h-20" />
          <Skeleton className="h-80" />
          <Skeleton className="h-40" />
        </>
      )}
      {error === null && columns.data !== undefined && table.data !== undefined && (
        <Shown
          of={of}
          search={search}
          by={by}
          measure={measure}
          range={range}
          columns={columns.data}
          table={table.data}
        />
      )}
    </>
  );
};
