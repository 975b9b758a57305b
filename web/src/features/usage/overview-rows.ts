import type { UsageGroup, UsageSums } from "@llm-tuner/contract/usage.ts";
import type { Dimension, Order } from "./usage-search.ts";

type RowSums = Pick<UsageSums, "requests" | "errors" | "unpriced" | "cost_nano_usd" | "input_tokens" | "output_tokens">;

/** One line of the table under the chart. */
export interface OverviewRow {
  /** Of the report: a name, an id, or null for what has none. */
  name: string | null;
  /** As a person calls it. */
  word: string;
  sums: RowSums;
}

interface RowsOf {
  by: Dimension;
  groups: readonly UsageGroup[];
  totals: UsageSums;
  nameOf(name: string | null): string;
}

/** How requests ended is told by the sums themselves; tokens and cost are not told apart by it. */
const outcomeRows = ({ totals, nameOf }: RowsOf): OverviewRow[] =>
  ["answered", "failed"]
    .map((name) => {
      const requests = name === "failed" ? totals.errors : totals.requests - totals.errors;
      const errors = name === "failed" ? totals.errors : 0;
      const sums = { requests, errors, unpriced: 0, cost_nano_usd: 0, input_tokens: 0, output_tokens: 0 };
      return { name, word: nameOf(name), sums };
    })
    .filter(({ sums }) => sums.requests > 0);

const orderValue = ({ sums }: OverviewRow, order: Exclude<Order, "name">): number => {
  if (order === "cost") return sums.cost_nano_usd;
  return order === "tokens" ? sums.input_tokens + sums.output_tokens : sums[order];
};

/** The lines, largest first, or by their names. */
export const sortedRows = (input: RowsOf, order: Order): OverviewRow[] => {
  const { by, groups, nameOf } = input;
  const rows =
    by === "outcome"
      ? outcomeRows(input)
      : groups.map(({ group, ...sums }) => ({ name: group, word: nameOf(group), sums }));
  if (order === "name") return rows.sort((one, other) => one.word.localeCompare(other.word, "en"));
  return rows.sort(
    (one, other) => orderValue(other, order) - orderValue(one, order) || other.sums.requests - one.sums.requests,
  );
};
