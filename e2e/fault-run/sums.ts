import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import type { Evidence, Fault } from "./evidence.ts";
import type { EntryRow, Ledger, RequestRow } from "./ledger.ts";

/** How a budget was used. */
export interface BudgetUse {
  subject: string;
  period: string;
  limitNanoUsd: bigint | null;
  spentNanoUsd: bigint;
  /** Beyond the limit. */
  overNanoUsd: bigint;
  /** By how much its requests cost more than was held for them, all together: the documented bound. */
  excessNanoUsd: bigint;
  isTooOften: boolean;
  requests: number;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const amounts = (entries: readonly EntryRow[], ...kinds: EntryRow["kind"][]): bigint =>
  sum(entries.filter(({ kind }) => kinds.includes(kind)).map(({ amount_nano_usd }) => amount_nano_usd));
const one = (requestId: string, why: string): Fault => ({ requestId, why });

/** Each request holds once, releases the same once, and is charged once what it costs. */
const entryFaults = ({ requests, entries }: Ledger): Fault[] => {
  const faults: Fault[] = [];
  const byRequest = Map.groupBy(entries, ({ request_id }) => request_id);
  const rows = new Set(requests.map(({ request_id }) => request_id));
  for (const id of byRequest.keys()) if (!rows.has(id)) faults.push(one(id, "a hold is open: it has no request"));
  for (const { request_id: id, cost_nano_usd: cost, policy } of requests) {
    const own = byRequest.get(id) ?? [];
    const count = (wanted: EntryRow["kind"]): number => own.filter(({ kind }) => kind === wanted).length;
    if (cost === null) faults.push(one(id, "it has no cost, although every model has a price"));
    if (count("hold") !== 1 || count("release") !== 1) {
      faults.push(one(id, `it has ${count("hold")} holds and ${count("release")} releases`));
    }
    if (amounts(own, "hold", "release") !== 0n) faults.push(one(id, "its release is not its hold"));
    if (count("charge") !== (policy === "interrupted" ? 0 : 1))
      faults.push(one(id, `it has ${count("charge")} charges`));
    if (-amounts(own, "charge", "adjust") !== (cost ?? 0n)) faults.push(one(id, "its charges are not its cost"));
  }
  return faults;
};

const hourKey = (
  at: Date,
  row: { user_id: string; api_key_id: string | null; model: string; provider: string },
): string => {
  const hour = Math.floor(at.getTime() / 3_600_000);
  return [hour, row.user_id, row.api_key_id ?? "", row.model, row.provider].join(" ");
};

const figures = (rows: readonly RequestRow[]): string =>
  JSON.stringify([
    rows.length,
    rows.filter(({ outcome }) => outcome === "failed").length,
    String(sum(rows.map(({ cost_nano_usd }) => cost_nano_usd ?? 0n))),
    ...usageBucketNames.map((name) => rows.reduce((total, row) => total + row[name], 0)),
  ]);

/** The sums by the hour are those of the requests that they have. */
const hourFaults = ({ requests, hours, unrolled }: Ledger): Fault[] => {
  const waiting = new Set(unrolled);
  const rolled = requests.filter(({ request_id }) => !waiting.has(request_id));
  const expected = Map.groupBy(rolled, (row) => hourKey(row.started_at, row));
  const kept = new Map(
    hours.map((row) => [
      hourKey(row.hour, row),
      JSON.stringify([
        row.requests,
        row.errors,
        String(row.cost_nano_usd),
        ...usageBucketNames.map((name) => row[name] ?? 0),
      ]),
    ]),
  );
  const faults: Fault[] = [];
  for (const key of new Set([...expected.keys(), ...kept.keys()])) {
    const [is, mustBe] = [kept.get(key) ?? figures([]), figures(expected.get(key) ?? [])];
    if (is !== mustBe) faults.push(one("none", `the sums of ${key} are ${is}, its requests make ${mustBe}`));
  }
  return faults;
};

interface Counter {
  held: bigint;
  spent: bigint;
  requests: number;
}

const periodsOf = (at: Date): string[] => {
  const day = at.toISOString().slice(0, 10);
  return ["total", day.slice(0, 7), day];
};

/** What counters must say, from the ledger alone. */
const countersOf = ({ entries }: Ledger): Map<string, Counter> => {
  const holds = new Map(entries.filter(({ kind }) => kind === "hold").map((hold) => [hold.request_id, hold]));
  const counters = new Map<string, Counter>();
  for (const entry of entries) {
    const { kind, amount_nano_usd: amount, request_id, user_id, counted, created_at } = entry;
    const isSpent = kind === "charge" || kind === "adjust";
    const subjects = new Set(isSpent ? [...counted, `user:${user_id}`] : counted);
    for (const subject of subjects) {
      for (const period of periodsOf(holds.get(request_id)?.created_at ?? created_at)) {
        const key = `${period} ${subject}`;
        const counter = counters.get(key) ?? { held: 0n, spent: 0n, requests: 0 };
        if (isSpent) counter.spent -= amount;
        else counter.held -= amount;
        if (kind === "hold") counter.requests += 1;
        counters.set(key, counter);
      }
    }
  }
  return counters;
};

const counterFaults = (ledger: Ledger): Fault[] => {
  const expected = countersOf(ledger);
  const kept = new Map(ledger.counters.map((row) => [`${row.period} ${row.subject}`, row]));
  const faults: Fault[] = [];
  for (const key of new Set([...expected.keys(), ...kept.keys()])) {
    const { held = 0n, spent = 0n, requests = 0 } = expected.get(key) ?? {};
    const row = kept.get(key);
    const is = [row?.held_nano_usd ?? 0n, row?.spent_nano_usd ?? 0n, row?.requests ?? 0].join(" ");
    const mustBe = [held, spent, requests].join(" ");
    if (is !== mustBe) faults.push(one("none", `the counter ${key} says ${is}, the ledger ${mustBe}`));
    if (held !== 0n) faults.push(one("none", `${key} still holds ${held}`));
  }
  return faults;
};

/** What does not fit together within the books. */
export const sumFaults = (ledger: Ledger): Fault[] => [
  ...entryFaults(ledger),
  ...hourFaults(ledger),
  ...counterFaults(ledger),
];

const isOfPeriod = (period: string, wanted: Evidence["budgets"][number]["period"]): boolean =>
  wanted === "total" ? period === "total" : period.length === (wanted === "month" ? 7 : 10);

/** How each budget was used, with the bound that the documentation gives: what providers count beyond what was held. */
export const budgetUses = ({ ledger, budgets }: Pick<Evidence, "ledger" | "budgets">): BudgetUse[] => {
  const byRequest = Map.groupBy(ledger.entries, ({ request_id }) => request_id);
  return budgets.flatMap(({ subject, period, limitNanoUsd, maxRequests }) => {
    const counts = ({ counted, user_id }: EntryRow): boolean => [...counted, `user:${user_id}`].includes(subject);
    const excess = [...byRequest.values()].map((own) => {
      const charged = -amounts(own.filter(counts), "charge", "adjust");
      const more = charged + amounts(own, "hold");
      return charged > 0n && more > 0n ? more : 0n;
    });
    return ledger.counters
      .filter((row) => row.subject === subject && isOfPeriod(row.period, period))
      .map((row) => {
        const limit = limitNanoUsd === null ? null : BigInt(limitNanoUsd);
        const over = limit === null ? 0n : row.spent_nano_usd - limit;
        return {
          subject,
          period: row.period,
          limitNanoUsd: limit,
          spentNanoUsd: row.spent_nano_usd,
          overNanoUsd: over > 0n ? over : 0n,
          excessNanoUsd: sum(excess),
          isTooOften: maxRequests !== null && row.requests > maxRequests,
          requests: row.requests,
        };
      });
  });
};
