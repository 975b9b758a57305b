import type { verifyAuditLog } from "@llm-tuner/contract/audit.ts";
import type { z } from "zod";
import type { Database } from "../../platform/database/database.ts";
import { chainStart, hashOfEntry } from "./audit-chain.ts";
import type { AuditStore, RawAuditRow } from "./audit.store.ts";
import type { HeadAnchors } from "./head-anchors.ts";

export type AuditVerification = z.infer<(typeof verifyAuditLog)["responses"][200]["schema"]>;
type Fault = AuditVerification["faults"][number];

interface VerifierDependencies {
  database: Database;
  store: AuditStore;
  anchors: HeadAnchors;
}

const readAtOnce = 1000;
const maxFaults = 100;

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Walks entry by entry; `at` is where the walk stands. */
function createWalk(anchored: ReadonlyMap<number, readonly Uint8Array[]>) {
  const faults: Fault[] = [];
  const at = { sequence: 0, hash: chainStart, checked: 0 };
  const note = (sequence: number, fault: Fault["fault"]): void => {
    if (faults.length < maxFaults) faults.push({ sequence, fault });
  };

  function step(row: RawAuditRow): void {
    const isGap = row.sequence !== at.sequence + 1;
    if (isGap) note(at.sequence + 1, "missing");
    // Of an entry after a gap, nobody knows the hash before it. It still has to agree with its own anchors.
    else if (!isSame(hashOfEntry(at.hash, row), row.hash)) note(row.sequence, "altered");
    const kept = anchored.get(row.sequence) ?? [];
    if (kept.some((hash) => !isSame(hash, row.hash))) note(row.sequence, "rewritten");
    // Goes on with the stored hash, so that only the entry which was changed is named and not all after it.
    Object.assign(at, { sequence: row.sequence, hash: row.hash, checked: at.checked + 1 });
  }

  return { at, faults, note, step };
}

/**
 * Recomputes the whole chain and compares it with the heads kept outside the database. An entry that was changed, taken
 * out or exchanged is named by its number; entries cut off the end, or a chain computed anew, only the heads can tell.
 */
export function createAuditVerifier({ database, store, anchors }: VerifierDependencies) {
  return async function verify(): Promise<AuditVerification> {
    // The heads first: whatever was anchored before the walk began must be in the walk.
    const heads = await anchors.all();
    const head = await store.head(database);
    const anchored = new Map<number, Uint8Array[]>();
    for (const { sequence, hash } of heads) anchored.set(sequence, [...(anchored.get(sequence) ?? []), hash]);
    const walk = createWalk(anchored);
    const until = head?.sequence ?? 0;
    while (walk.at.sequence < until) {
      const rows = await store.readRaw(database, { after: walk.at.sequence, until, limit: readAtOnce });
      if (rows.length === 0) break;
      for (const row of rows) walk.step(row);
    }
    const lastAnchored = Math.max(0, ...anchored.keys());
    if (lastAnchored > until) walk.note(until + 1, "truncated");
    return {
      intact: walk.faults.length === 0,
      checked: walk.at.checked,
      head: head === undefined ? null : { sequence: head.sequence, hash: Buffer.from(head.hash).toString("hex") },
      faults: walk.faults,
    };
  };
}
export type AuditVerifier = ReturnType<typeof createAuditVerifier>;
