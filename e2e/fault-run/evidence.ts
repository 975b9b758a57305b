import type { EndedCall, FakeCall } from "../fakes/journal.ts";
import type { ClientCall } from "./client.ts";
import type { AttemptRow, Ledger, RequestRow } from "./ledger.ts";
import type { ProviderName } from "./models.ts";
import type { Version } from "./prices.ts";
import type { Budget } from "./world.ts";

/** All that is known when a run is over: by the clients, by the fakes, and by the server's books. */
export interface Evidence {
  calls: readonly ClientCall[];
  journals: Readonly<Record<ProviderName, readonly FakeCall[]>>;
  ledger: Ledger;
  /** When the server was killed. */
  killsMs: readonly number[];
  versions: readonly Version[];
  budgets: readonly Budget[];
}

/** A call that reached a provider, and how it ended there. */
export interface UpstreamCall extends EndedCall {
  provider: ProviderName;
}

/** Everything about one request. */
export interface Case {
  row: RequestRow;
  attempts: readonly AttemptRow[];
  upstream: readonly UpstreamCall[];
  /** Who was told the id of the request; otherwise who may have made it. */
  client: ClientCall | undefined;
  candidates: readonly ClientCall[];
}

/** Something that no rule explains. */
export interface Fault {
  requestId: string;
  why: string;
}

/** A busy server begins with a request some time after its client made it, who may have left by then. */
const earlierMs = 100;
const laterMs = 3000;

const mayBe = (row: RequestRow, { plan, startedMs, endedMs }: ClientCall): boolean => {
  const atMs = row.started_at.getTime();
  return (
    plan.model === row.model &&
    plan.dialect === row.operation &&
    plan.stream === row.stream &&
    startedMs - earlierMs <= atMs &&
    atMs <= endedMs + laterMs
  );
};

/** Upstream calls by the request that they were made for, oldest first; calls that never ended are faults. */
export const upstreamOf = (journals: Evidence["journals"]): { calls: UpstreamCall[]; faults: Fault[] } => {
  const calls: UpstreamCall[] = [];
  const faults: Fault[] = [];
  const names: ProviderName[] = ["openai", "anthropic", "gemini"];
  for (const provider of names) {
    for (const call of journals[provider]) {
      if (call.event === "ended") calls.push({ ...call, provider });
      else faults.push({ requestId: call.requestId ?? "none", why: `call ${call.call} of ${provider} never ended` });
    }
  }
  return {
    calls: calls.sort((first, second) => first.at.localeCompare(second.at) || first.call - second.call),
    faults,
  };
};

/** Puts together what belongs to each request. */
export const casesOf = ({ calls, ledger }: Evidence, upstream: readonly UpstreamCall[]): Case[] => {
  const byRequest = Map.groupBy(upstream, ({ requestId }) => requestId);
  const attempts = Map.groupBy(ledger.attempts, ({ request_id }) => request_id);
  const known = new Map(calls.flatMap((call) => (call.requestId === null ? [] : [[call.requestId, call] as const])));
  const unknown = calls.filter(({ requestId }) => requestId === null);
  return ledger.requests.map((row) => ({
    row,
    attempts: attempts.get(row.request_id) ?? [],
    upstream: byRequest.get(row.request_id) ?? [],
    client: known.get(row.request_id),
    candidates: unknown.filter((call) => mayBe(row, call)),
  }));
};
