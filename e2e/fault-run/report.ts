import type { Evidence, Fault } from "./evidence.ts";
import type { Verdict } from "./judge.ts";
import type { Ledger } from "./ledger.ts";

/** Why the two sides of a line may differ. */
const reasons: Readonly<Record<string, string>> = {
  reported: "must not",
  drained: "must not",
  partial: "broken off: what had been received is billed",
  estimated: "the provider told no counts",
  interrupted: "the server was killed: nothing is billed",
  failed: "nothing of an answer was received",
  "attempt before a retry or a fallback": "only the last attempt is billed",
  "no provider asked": "the client went away, or the server was killed, before it was",
};

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)));

const statusCounts = ({ calls }: Evidence): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { complete, left, status } of calls) {
    const what = complete
      ? "complete"
      : left
        ? "left"
        : status === null
          ? "broken"
          : status === 200
            ? "cut"
            : String(status);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
};

/** The table by policy: what the providers count and what is billed. */
export const tableOf = (evidence: Evidence, { lines, budgets, upstreamCalls }: Verdict): string => {
  const rows = lines.map(({ explanation, calls, requests, fake, ledger }) =>
    [
      explanation,
      calls,
      requests,
      `${fake.input} / ${fake.output}`,
      fake.nanoUsd,
      `${ledger.input} / ${ledger.output}`,
      ledger.nanoUsd,
      ledger.nanoUsd - fake.nanoUsd,
      reasons[explanation] ?? "",
    ].join(" | "),
  );
  const uses = budgets.map(({ subject, period, limitNanoUsd, spentNanoUsd, overNanoUsd, excessNanoUsd, requests }) =>
    [subject, period, limitNanoUsd, spentNanoUsd, overNanoUsd, excessNanoUsd, requests].join(" | "),
  );
  return [
    `${evidence.calls.length} calls of clients (${JSON.stringify(statusCounts(evidence))}), ${upstreamCalls} of providers`,
    "policy | provider calls | requests | provider tokens in / out | nano-USD | billed tokens in / out | nano-USD | difference | why",
    ...rows,
    "budget | period | limit | spent | over | bound | requests",
    ...uses,
  ].join("\n");
};

/** What is kept of a run. */
export const resultOf = (evidence: Evidence, { lines, budgets, upstreamCalls }: Verdict) => ({
  client_calls: evidence.calls.length,
  client_outcomes: statusCounts(evidence),
  upstream_calls: upstreamCalls,
  requests: evidence.ledger.requests.length,
  ledger_entries: evidence.ledger.entries.length,
  kills: evidence.killsMs.length,
  policies: plain(lines),
  budgets: plain(budgets),
});

/** What a repeated recovery changed in the books; nothing, if it can be repeated. */
export const differenceOf = (before: Ledger, after: Ledger): Fault[] => {
  const faults: Fault[] = [];
  for (const part of ["requests", "attempts", "entries", "counters"] as const) {
    const [one, other] = [JSON.stringify(plain(before[part])), JSON.stringify(plain(after[part]))];
    if (one !== other) faults.push({ requestId: "none", why: `another start changed the ${part} of the books` });
  }
  return faults;
};
