import { fateOf, letterOf } from "./host.ts";

export interface FinalDocument {
  id: string;
  position: number;
  status: string;
  failureCode: string | null;
  requestId: string | null;
  costNanoUsd: number;
  duplicateOf: string | null;
  completedAtMs: number | null;
  texts: number;
}

export interface Charge {
  requestId: string;
  costNanoUsd: number;
  startedAtMs: number;
  endedAtMs: number;
}

/** A call that a provider saw. */
export interface ProviderCall {
  letter: number;
  atMs: number;
}

export interface Evidence {
  total: number;
  documents: readonly FinalDocument[];
  charges: readonly Charge[];
  calls: readonly ProviderCall[];
  killsMs: readonly number[];
  /** As the job's own page counts them. */
  shown: { total: number; completed: number; failed: number; pending: number; processing: number; costNanoUsd: number };
}

export interface Verdict {
  faults: string[];
  documentCostNanoUsd: number;
  chargedNanoUsd: number;
  /** Charged for answers that a kill took away before they could be written down. */
  lostToKillsNanoUsd: number;
}

/** An answer that came this long before a kill may not have been written down. */
const writingMs = 5000;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function faultsOfDocuments({ total, documents, shown }: Evidence): string[] {
  const faults: string[] = [];
  const positions = new Set(documents.map(({ position }) => position));
  if (documents.length !== total || positions.size !== total)
    faults.push(`${documents.length} documents at ${positions.size} places instead of ${total}`);
  for (const { position, status, failureCode, texts } of documents) {
    const fate = fateOf(position);
    const end = status === "completed" ? "completed" : (failureCode ?? status);
    if (end !== fate) faults.push(`document ${position} ended as ${end} and not as ${fate}`);
    if (status === "completed" && texts !== 1) faults.push(`document ${position} has ${texts} texts`);
  }
  const counted = {
    total: documents.length,
    completed: documents.filter(({ status }) => status === "completed").length,
    failed: documents.filter(({ status }) => status === "failed").length,
    pending: 0,
    processing: 0,
    costNanoUsd: sum(documents.map(({ costNanoUsd }) => costNanoUsd)),
  };
  for (const [name, count] of Object.entries(counted)) {
    const said = Object.entries(shown).find(([other]) => other === name)?.[1];
    if (said !== count) faults.push(`the job says ${said} ${name}, and there are ${count}`);
  }
  return faults;
}

function faultsOfCalls({ documents, calls }: Evidence): string[] {
  const faults: string[] = [];
  const doneAt = new Map<number, number>();
  for (const { position, completedAtMs, status } of documents) {
    if (status !== "completed" || completedAtMs === null) continue;
    const letter = letterOf(position);
    doneAt.set(letter, Math.min(completedAtMs, doneAt.get(letter) ?? Number.POSITIVE_INFINITY));
  }
  for (const { letter, atMs } of calls) {
    const done = doneAt.get(letter);
    if (done === undefined) faults.push(`a provider was asked about letter ${letter}, which was never completed`);
    else if (atMs > done) faults.push(`a provider was asked about letter ${letter} ${atMs - done} ms after its end`);
  }
  const originals = documents.filter(({ status, duplicateOf }) => status === "completed" && duplicateOf === null);
  const letters = new Set(originals.map(({ position }) => letterOf(position)));
  if (letters.size !== originals.length) faults.push("a content was tagged twice");
  return faults;
}

/** Whether a kill can have kept an answer from being written down. */
const wasKilled = ({ startedAtMs, endedAtMs }: Charge, killsMs: readonly number[]): boolean =>
  killsMs.some((kill) => kill >= startedAtMs && kill <= endedAtMs + writingMs);

/** Holds what every document cost against the ledger. */
export function judge(evidence: Evidence): Verdict {
  const { documents, charges, killsMs } = evidence;
  const faults = [...faultsOfDocuments(evidence), ...faultsOfCalls(evidence)];
  const byRequest = new Map(charges.map((charge) => [charge.requestId, charge]));
  const named = documents.flatMap(({ requestId }) => requestId ?? []);
  if (new Set(named).size !== named.length) faults.push("two documents name the same request");
  for (const { position, requestId, costNanoUsd } of documents) {
    if (requestId === null) continue;
    const charge = byRequest.get(requestId);
    if (charge === undefined) faults.push(`the ledger knows nothing of the request of document ${position}`);
    else if (costNanoUsd < charge.costNanoUsd)
      faults.push(`document ${position} cost ${costNanoUsd}, and its request alone ${charge.costNanoUsd}`);
  }
  const documentCostNanoUsd = sum(documents.map(({ costNanoUsd }) => costNanoUsd));
  const chargedNanoUsd = sum(charges.map(({ costNanoUsd }) => costNanoUsd));
  const unaccounted = chargedNanoUsd - documentCostNanoUsd;
  const atMost = sum(charges.filter((charge) => wasKilled(charge, killsMs)).map(({ costNanoUsd }) => costNanoUsd));
  if (unaccounted < 0) faults.push(`documents cost ${-unaccounted} nano-USD more than was charged`);
  if (unaccounted > atMost) faults.push(`${unaccounted} nano-USD were charged for nothing; kills explain ${atMost}`);
  return { faults, documentCostNanoUsd, chargedNanoUsd, lostToKillsNanoUsd: unaccounted };
}
