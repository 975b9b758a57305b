import { counterNotRead } from "./budgets.errors.ts";
import type { HoldRecord } from "../usage.store.ts";
import type { Bound, Refusal } from "./bounds.ts";
import type { CounterKey, CounterRow } from "./budgets.store.ts";
import { periodAt, periods } from "./periods.ts";

/** A hold that something limits; its record counts for the subjects of the bounds. */
export interface BoundedHold {
  record: HoldRecord;
  bounds: readonly Bound[];
}

const nameOf = ({ subject, period }: CounterKey): string => `${period} ${subject}`;

const keysOf = ({ counted, created_at }: HoldRecord): CounterKey[] =>
  counted.flatMap((subject) => periods.map((period) => ({ subject, period: periodAt(period, created_at) })));

/** Every counter that the holds may change, once. */
export function countersOf(holds: readonly BoundedHold[]): (CounterKey & { user_id: string })[] {
  const keys = holds.flatMap(({ record }) => keysOf(record).map((key) => ({ ...key, user_id: record.user_id })));
  return [...new Map(keys.map((key) => [nameOf(key), key])).values()];
}

/**
 * Which holds fit, one after the other: each is granted when every one of its bounds covers it besides all that is
 * spent and held, and then counts for those after it. The result has a refusal or null for each.
 */
export function decideHolds(holds: readonly BoundedHold[], rows: readonly CounterRow[]): (Refusal | null)[] {
  const counters = new Map(rows.map((row) => [nameOf(row), { ...row }]));
  const counterOf = (key: CounterKey): CounterRow => {
    const counter = counters.get(nameOf(key));
    if (counter === undefined) throw counterNotRead(key.subject);
    return counter;
  };

  function refusalOf(record: HoldRecord, bound: Bound): Refusal | null {
    const { subject, period, limitNanoUsd, maxRequests } = bound;
    const counter = counterOf({ subject, period: periodAt(period, record.created_at) });
    const at = { bound, heldNanoUsd: counter.held_nano_usd, spentNanoUsd: counter.spent_nano_usd };
    if (maxRequests !== null && counter.requests >= maxRequests) return { ...at, kind: "requests" };
    const taken = counter.held_nano_usd + counter.spent_nano_usd;
    // What costs nothing fits into a budget that is used up.
    const costs = record.hold_nano_usd > 0;
    return limitNanoUsd !== null && costs && taken + record.hold_nano_usd > limitNanoUsd
      ? { ...at, kind: "spend" }
      : null;
  }

  return holds.map(({ record, bounds }) => {
    for (const bound of bounds) {
      const refusal = refusalOf(record, bound);
      if (refusal !== null) return refusal;
    }
    for (const key of keysOf(record)) {
      const counter = counterOf(key);
      counter.held_nano_usd += record.hold_nano_usd;
      counter.requests += 1;
    }
    return null;
  });
}
