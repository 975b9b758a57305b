import type { Case, Evidence, Fault, UpstreamCall } from "./evidence.ts";
import { casesOf, upstreamOf } from "./evidence.ts";
import type { AttemptRow, RequestRow } from "./ledger.ts";
import { type Counts, costOf, countsOf, inputOf, isNothing, outputOf, type Version, versionFor } from "./prices.ts";
import { attemptProblems, billProblems, clientProblems } from "./rules.ts";
import { type BudgetUse, budgetUses, sumFaults } from "./sums.ts";

/** Sums of one side of the books. */
export interface Side {
  input: number;
  output: number;
  pictures: number;
  nanoUsd: bigint;
}

/** What is said of an upstream call, or of a request for which nobody was asked. */
export interface Line {
  explanation: string;
  calls: number;
  requests: number;
  fake: Side;
  ledger: Side;
}

export interface Verdict {
  lines: Line[];
  budgets: BudgetUse[];
  faults: Fault[];
  upstreamCalls: number;
}

const attemptExplanation = "attempt before a retry or a fallback";
const notAskedExplanation = "no provider asked";

const nothing = (): Side => ({ input: 0, output: 0, pictures: 0, nanoUsd: 0n });

const sideOf = (counts: Counts, nanoUsd: bigint): Side => ({
  input: inputOf(counts),
  output: outputOf(counts),
  pictures: counts.images,
  nanoUsd,
});

const add = (sum: Side, more: Side): void => {
  sum.input += more.input;
  sum.output += more.output;
  sum.pictures += more.pictures;
  sum.nanoUsd += more.nanoUsd;
};

class Table {
  readonly #lines = new Map<string, Line>();

  #line(explanation: string): Line {
    const known = this.#lines.get(explanation);
    if (known !== undefined) return known;
    const line = { explanation, calls: 0, requests: 0, fake: nothing(), ledger: nothing() };
    this.#lines.set(explanation, line);
    return line;
  }

  call(explanation: string, side: Side): void {
    const line = this.#line(explanation);
    line.calls += 1;
    add(line.fake, side);
  }

  request(explanation: string, side: Side): void {
    const line = this.#line(explanation);
    line.requests += 1;
    add(line.ledger, side);
  }

  lines(): Line[] {
    return [...this.#lines.values()].sort((first, second) => second.calls - first.calls);
  }
}

interface Asked {
  attempt: AttemptRow;
  call: UpstreamCall | undefined;
}

/** Which upstream call an attempt was, in the order of both; what is left over belongs to none. */
const matched = ({ attempts, upstream }: Case): { asked: Asked[]; left: UpstreamCall[] } => {
  const left = [...upstream];
  const asked = attempts.map((attempt) => {
    const at = left.findIndex((call) => call.provider === attempt.provider && isModel(call, attempt.upstream_model));
    const call = at === -1 ? undefined : left.splice(at, 1)[0];
    return { attempt, call };
  });
  return { asked, left };
};

/** Google's model stands in the path, and OpenAI's token count has it in the body like any other. */
const isModel = ({ model, path }: UpstreamCall, wanted: string): boolean =>
  model === wanted || path.includes(`/${wanted}:`);

/** Why an attempt may have reached no provider. */
const mayBeUnasked = ({ outcome, error_code }: AttemptRow): boolean =>
  outcome === "aborted" || error_code === "provider_disconnected" || error_code === "provider_unreachable";

/** "A process hears of a new version within moments; what is settled before that is billed by the one before." */
const momentMs = 10_000;

const priceProblems = (row: RequestRow, versions: readonly Version[]): string[] => {
  if (isNothing(row)) return row.cost_nano_usd === 0n ? [] : [`nothing was used, and ${row.cost_nano_usd} is billed`];
  const startedMs = row.started_at.getTime();
  const wanted = { provider: row.provider, model: row.price_model, inputTokens: inputOf(row) };
  const heldAt = (atMs: number) => versionFor(versions, { ...wanted, atMs });
  const due = heldAt(startedMs);
  // A price may have changed more than once in that time.
  const before = versions
    .map(({ toMs }) => toMs - 1)
    .filter((endMs) => startedMs - momentMs <= endMs && endMs < startedMs)
    .map(heldAt);
  const version = before.find((one) => one?.id === row.price_id) ?? due;
  if (version === undefined) return [`${row.provider} ${row.price_model} has no price`];
  const cost = costOf(version.rates, row);
  return [
    ...(cost === row.cost_nano_usd ? [] : [`cost ${row.cost_nano_usd}, but the rates make ${cost}`]),
    ...(version.id === row.price_id ? [] : [`billed by ${row.price_id} instead of ${version.id}`]),
  ];
};

/** What a provider would charge at the prices of here, by the version of the bill where that is of the same price. */
const fakeSide = (call: UpstreamCall, row: RequestRow, versions: readonly Version[]): Side => {
  const counts = countsOf(call.usage);
  const wanted = { provider: call.provider, model: modelOf(call), inputTokens: inputOf(counts) };
  const due = versionFor(versions, { ...wanted, atMs: row.started_at.getTime() });
  const billed = versions.find(({ id }) => id === row.price_id);
  const isOfBill = billed?.model === due?.model && billed?.minInputTokens === due?.minInputTokens;
  const version = isOfBill ? billed : due;
  return sideOf(counts, (version && costOf(version.rates, counts)) ?? 0n);
};

const modelOf = (call: UpstreamCall): string => call.model ?? /\/models\/([^:]+):/.exec(call.path)?.[1] ?? "unknown";

const judgeCase = (one: Case, evidence: Evidence, table: Table): string[] => {
  const { row, upstream } = one;
  const { versions, killsMs } = evidence;
  const sideOfCall = (call: UpstreamCall): Side => fakeSide(call, row, versions);
  const ledgerSide = sideOf(row, row.cost_nano_usd ?? 0n);
  const problems = [...priceProblems(row, versions), ...clientProblems(one)];
  if (row.policy === "interrupted") {
    for (const call of upstream) table.call(row.policy, sideOfCall(call));
    table.request(row.policy, ledgerSide);
    return [...problems, ...billProblems({ ...one, last: upstream.at(-1), killsMs })];
  }
  const { asked, left } = matched(one);
  for (const call of left) problems.push(`a call of ${call.provider} (${call.path}) belongs to no attempt`);
  const last = asked.at(-1);
  if (last === undefined) problems.push("there is no attempt");
  for (const { attempt, call } of asked) {
    if (call === undefined && !mayBeUnasked(attempt)) problems.push(`attempt ${attempt.seq} reached no provider`);
    if (call === undefined || attempt === last?.attempt) continue;
    table.call(attemptExplanation, sideOfCall(call));
    if (attempt.outcome !== "failed") problems.push(`attempt ${attempt.seq} is ${attempt.outcome} and not the last`);
    problems.push(...attemptProblems(call, attempt.error_code));
  }
  const explanation = last?.call === undefined ? notAskedExplanation : row.policy;
  if (last?.call !== undefined) table.call(explanation, sideOfCall(last.call));
  table.request(explanation, ledgerSide);
  return [...problems, ...billProblems({ ...one, last: last?.call, killsMs })];
};

/** Clients that were told an id whose request is not in the books, and requests that no client made. */
const strangers = ({ calls, ledger }: Evidence, upstream: readonly UpstreamCall[]): Fault[] => {
  const rows = new Set(ledger.requests.map(({ request_id }) => request_id));
  const held = new Set(ledger.entries.map(({ request_id }) => request_id));
  const asked = new Set(upstream.map(({ requestId }) => requestId));
  const faults: Fault[] = [];
  for (const { requestId, status, errorCode, plan } of calls) {
    if (requestId === null || rows.has(requestId)) continue;
    const isRefusal = status === 402 || status === 429;
    if (!isRefusal)
      faults.push({ requestId, why: `call ${plan.number} was told ${status} ${errorCode}, without a row` });
    if (held.has(requestId)) faults.push({ requestId, why: "it was refused, and the ledger has an entry" });
  }
  for (const requestId of asked) {
    if (requestId === null || !rows.has(requestId)) {
      faults.push({ requestId: requestId ?? "none", why: "a provider was asked, and the books know nothing" });
    }
  }
  const known = new Set(calls.map(({ requestId }) => requestId));
  const nameless = calls.filter(({ requestId }) => requestId === null).length;
  const unknown = ledger.requests.filter(({ request_id }) => !known.has(request_id));
  if (unknown.length > nameless) {
    const why = `${unknown.length} requests were made by nobody who knows them, but only ${nameless} calls know no id`;
    faults.push({ requestId: unknown[0]?.request_id ?? "none", why });
  }
  return faults;
};

/** Explains every call and every entry, or says what it cannot explain. */
export const judge = (evidence: Evidence): Verdict => {
  const { calls: upstream, faults } = upstreamOf(evidence.journals);
  const table = new Table();
  for (const one of casesOf(evidence, upstream)) {
    const { request_id: requestId, policy, operation, stream, provider, price_model } = one.row;
    const call = one.client === undefined ? "unknown call" : `call ${one.client.plan.number}`;
    const what = `${policy} ${operation}${stream ? " streamed" : ""} at ${provider} ${price_model}, ${call}`;
    for (const why of judgeCase(one, evidence, table)) faults.push({ requestId, why: `${what}: ${why}` });
  }
  faults.push(...strangers(evidence, upstream), ...sumFaults(evidence.ledger));
  const budgets = budgetUses(evidence);
  for (const { subject, period, overNanoUsd, excessNanoUsd, isTooOften } of budgets) {
    if (overNanoUsd > excessNanoUsd || isTooOften) {
      const why = `${subject} (${period}) is overspent by ${overNanoUsd}, and its requests by ${excessNanoUsd} only`;
      faults.push({ requestId: "none", why });
    }
  }
  return { lines: table.lines(), budgets, faults, upstreamCalls: upstream.length };
};
