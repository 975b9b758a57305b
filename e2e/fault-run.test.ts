import { beforeAll, describe, expect, it } from "vitest";
import type { Evidence } from "./fault-run/evidence.ts";
import { judge, type Verdict } from "./fault-run/judge.ts";
import { countsOf } from "./fault-run/prices.ts";
import { differenceOf } from "./fault-run/report.ts";
import { faultRun, type FaultRun } from "./fault-run/run.ts";

/*
 * The small fault run; the large one is `npm run fault-run`. What explains thousands of bills must not explain a wrong one:
 * each of the tests below that forges something in the books wants to be found out.
 */

let run: FaultRun;
let verdict: Verdict;

beforeAll(async () => {
  run = await faultRun({ calls: 250, seed: 7, kills: 2 });
  verdict = judge(run.evidence);
}, 600_000);

describe("a server that is killed twice among failing providers and leaving clients", () => {
  it("has books in which every call of a provider is explained, to the token and the nano-dollar", () => {
    expect(verdict.faults).toEqual([]);
    expect(run.errors).toEqual([]);
    expect(run.kills).toHaveLength(2);
    expect(verdict.lines.reduce((sum, { calls }) => sum + calls, 0)).toBe(verdict.upstreamCalls);
  });

  it("bills exactly what providers count wherever they finished", () => {
    const exact = verdict.lines.filter(({ explanation }) => ["reported", "drained"].includes(explanation));
    expect(exact.map(({ fake, ledger }) => [fake, ledger])).toEqual(exact.map(({ fake }) => [fake, fake]));
    expect(exact.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(50);
  });

  it("has met every rule of billing", () => {
    const met = verdict.lines.map(({ explanation }) => explanation);
    expect(met).toEqual(
      expect.arrayContaining(["reported", "partial", "drained", "estimated", "interrupted", "failed"]),
    );
  });

  it("writes nothing down twice when all that was ever spooled is found again", () => {
    expect(differenceOf(run.evidence.ledger, run.repeated)).toEqual([]);
  });

  it("lets no budget be overspent by more than providers count beyond what was held", () => {
    expect(verdict.budgets.some(({ spentNanoUsd }) => spentNanoUsd > 0n)).toBe(true);
    for (const { overNanoUsd, excessNanoUsd } of verdict.budgets)
      expect(overNanoUsd).toBeLessThanOrEqual(excessNanoUsd);
  });
});

/** What is wrong with the books after somebody has changed them. */
const faultsAfter = (forge: (evidence: Evidence) => string): string[] => {
  const forged = structuredClone({ ...run.evidence });
  const requestId = forge(forged);
  return judge(forged)
    .faults.filter((fault) => fault.requestId === requestId)
    .map(({ why }) => why);
};

/** A row that was billed by this rule, and for something. */
const billed = ({ ledger }: Evidence, policy: string) => {
  const row = ledger.requests.find((one) => one.policy === policy && (one.cost_nano_usd ?? 0n) > 0n);
  if (row === undefined) throw new Error(`nothing was billed as ${policy}`);
  return row;
};

describe("books that were forged", () => {
  it.each(["input_uncached", "output_text"] as const)("by one token of %s are found out", (bucket) => {
    const faults = faultsAfter((evidence) => {
      const row = billed(evidence, "reported");
      row[bucket] += 1;
      return row.request_id;
    });
    expect(faults.join()).toContain(`${bucket}: billed`);
  });

  it("by one nano-dollar are found out", () => {
    const faults = faultsAfter((evidence) => {
      const row = billed(evidence, "reported");
      row.cost_nano_usd = (row.cost_nano_usd ?? 0n) + 1n;
      return row.request_id;
    });
    expect(faults.join()).toContain("but the rates make");
    expect(faults).toContain("its charges are not its cost");
  });

  it("by a part that is larger than what was on the wire are found out", () => {
    const faults = faultsAfter((evidence) => {
      const row = billed(evidence, "partial");
      row.output_text += 10_000;
      return row.request_id;
    });
    expect(faults.join()).toContain("that were on the wire allow");
  });

  it("by a request that is missing are found out, by the provider and by the ledger", () => {
    const faults = faultsAfter((evidence) => {
      const { request_id: missing } = billed(evidence, "reported");
      evidence.ledger.requests = evidence.ledger.requests.filter(({ request_id }) => request_id !== missing);
      return missing;
    });
    expect(faults).toContain("a provider was asked, and the books know nothing");
    expect(faults).toContain("a hold is open: it has no request");
  });

  it("by a second charge are found out", () => {
    const faults = faultsAfter(({ ledger }) => {
      const charge = ledger.entries.find(({ kind, amount_nano_usd }) => kind === "charge" && amount_nano_usd < 0n);
      if (charge === undefined) throw new Error("nothing was charged");
      ledger.entries.push({ ...charge });
      return charge.request_id;
    });
    expect(faults).toContain("it has 2 charges");
  });

  it("by an answer that was given and taken for interrupted are found out", () => {
    const faults = faultsAfter((evidence) => {
      const row = billed(evidence, "reported");
      Object.assign(row, { policy: "interrupted", outcome: "failed", error_code: "gateway_interrupted" });
      return row.request_id;
    });
    expect(faults.join()).toContain("something is billed");
  });

  it("by a call of a provider that nobody wrote down are found out", () => {
    const faults = faultsAfter(({ journals }) => {
      const call = journals.openai.find((one) => one.event === "ended" && countsOf(one.usage).input_uncached > 0);
      if (call === undefined) throw new Error("OpenAI was never asked");
      Object.assign(call, { requestId: "req_of_nobody" });
      return "req_of_nobody";
    });
    expect(faults).toEqual(["a provider was asked, and the books know nothing"]);
  });
});
