import { beforeAll, describe, expect, it } from "vitest";
import { type Evidence, judge } from "./document-chaos/judge.ts";
import { type ChaosRun, documentChaos } from "./document-chaos/run.ts";

/*
 * The small chaos run; the large one is `npm run chaos:documents`. A judge that finds nothing must be able to: each of the
 * tests below that forges something wants to be found out.
 */

let run: ChaosRun;

beforeAll(async () => {
  run = await documentChaos({ documents: 40, kills: 3, seed: 5 });
}, 600_000);

describe("a batch whose processes are killed three times among failing hosts and a failing provider", () => {
  it("gives each document one result, asks for none of them twice, and accounts for every charge", () => {
    expect(judge(run.evidence).faults).toEqual([]);
    expect(run.killed).toHaveLength(3);
    expect(run.evidence.documents.filter(({ status }) => status === "completed").length).toBeGreaterThan(30);
    expect(run.evidence.documents.some(({ duplicateOf }) => duplicateOf !== null)).toBe(true);
  });
});

const faultsAfter = (forge: (evidence: Evidence) => Evidence): string =>
  judge(forge(structuredClone(run.evidence))).faults.join("; ");

describe("forged books of documents", () => {
  it("with a document that is missing are found out", () => {
    expect(faultsAfter((evidence) => ({ ...evidence, documents: evidence.documents.slice(1) }))).toContain(
      "instead of 40",
    );
  });

  it("with a cost that nobody charged are found out", () => {
    const forged = faultsAfter((evidence) => ({
      ...evidence,
      documents: evidence.documents.map((document) => ({ ...document, costNanoUsd: document.costNanoUsd + 1_000_000 })),
    }));
    expect(forged).toContain("more than was charged");
  });

  it("with a charge for nothing are found out", () => {
    const charge = { requestId: "req_none", costNanoUsd: 10 ** 9, startedAtMs: 0, endedAtMs: 1 };
    expect(faultsAfter((evidence) => ({ ...evidence, charges: [...evidence.charges, charge] }))).toContain(
      "for nothing",
    );
  });

  it("with a call after the end of its document are found out", () => {
    const call = { letter: 0, atMs: Date.now() + 1_000_000 };
    expect(faultsAfter((evidence) => ({ ...evidence, calls: [...evidence.calls, call] }))).toContain("after its end");
  });
});
