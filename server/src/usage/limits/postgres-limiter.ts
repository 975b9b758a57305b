import { endAll, giveUp, type Levels, lookAt, takeAll } from "@llm-tuner/gateway/admit/limit-book.ts";
import { levelName, type Level, type Taking } from "@llm-tuner/gateway/admit/limit-levels.ts";
import {
  defaultLeaseMs,
  type Demand,
  type LimitDecision,
  type Limiter,
  rememberEndMs,
  type UsedAmounts,
} from "@llm-tuner/gateway/admit/limiter.ts";
import { LRUCache } from "lru-cache";
import type { Database } from "../../platform/database/database.ts";
import { isRefusedData } from "../../platform/database/postgres-errors.ts";
import { createGroupWriter } from "../meter/group-writer.ts";
import { levelsNotLocked } from "./limits.errors.ts";
import type { HoldRow, LimitsStore } from "./limits.store.ts";

interface PostgresLimiterDependencies {
  database: Database;
  store: LimitsStore;
  leaseMs?: number;
  /** Only for tests; otherwise time is that of the database, the same for all processes. */
  nowMs?: () => number;
}

export interface PostgresLimiter extends Limiter {
  /** Gives up requests whose process died, and forgets what says nothing any more. Any number of processes may do so. */
  tidy: () => Promise<void>;
}

type Change =
  | { kind: "reserve"; requestId: string; demands: readonly Demand[] }
  | { kind: "end"; requestId: string; used: UsedAmounts | null }
  | { kind: "give-up"; requestId: string };

const maxGroup = 500;
const maxNamed = 100_000;
const maxTidied = 5000;
const nothingToDecide: LimitDecision = { granted: true, states: [] };

/** What a group of changes finds, and what it leaves behind. */
interface Book {
  levels: Map<string, Level>;
  changedLevels: Map<string, Level>;
  holds: Map<string, HoldRow>;
  changedHolds: Map<string, HoldRow>;
  atMs: number;
}

/** The locked levels, with a note of those that change. */
const levelsIn = ({ levels, changedLevels }: Book): Levels => ({
  get: (name) => levels.get(name),
  set(name, level) {
    levels.set(name, level);
    changedLevels.set(name, level);
  },
});

function keep(book: Book, hold: HoldRow): void {
  book.holds.set(hold.request_id, hold);
  book.changedHolds.set(hold.request_id, hold);
}

function keepEnded(book: Book, requestId: string, takings: readonly Taking[]): void {
  keep(book, { request_id: requestId, takings, is_open: false, until_ms: book.atMs + rememberEndMs });
}

/** The same arithmetic as in memory, on levels that are locked. */
function apply(book: Book, change: Change, leaseMs: number): LimitDecision {
  const { holds, atMs } = book;
  const levels = levelsIn(book);
  const hold = holds.get(change.requestId);
  if (change.kind === "reserve") {
    if (hold !== undefined) return { granted: true, states: lookAt(levels, change.demands, atMs) };
    const { decision, takings } = takeAll(levels, change.demands, atMs);
    if (decision.granted) {
      keep(book, { request_id: change.requestId, takings, is_open: true, until_ms: atMs + leaseMs });
    }
    return decision;
  }
  if (hold === undefined) return nothingToDecide;
  if (change.kind === "end") {
    endAll(levels, hold.takings, { used: change.used, atMs });
    keepEnded(book, change.requestId, []);
  } else if (hold.is_open && hold.until_ms <= atMs) {
    // Only if nobody ended or extended it meanwhile.
    keepEnded(book, change.requestId, giveUp(levels, hold.takings, atMs));
  }
  return nothingToDecide;
}

/** Places and money come free when requests are given up whose process died. */
const mayBeHeldByTheDead = (decision: LimitDecision | undefined): boolean =>
  decision !== undefined &&
  !decision.granted &&
  (decision.refusedBy.kind === "concurrent" || decision.refusedBy.kind === "money");

/**
 * Limits that all processes on one database share. Changes that come at the same time share a transaction: it locks
 * their levels in one order, decides by the arithmetic of the driver in memory, and writes. The tables are not logged,
 * so no change waits for a disk.
 */
export function createPostgresLimiter(dependencies: PostgresLimiterDependencies): PostgresLimiter {
  const { database, store, leaseMs = defaultLeaseMs, nowMs } = dependencies;
  const at = () => ({ nowMs: nowMs?.() ?? null });
  /** The levels of requests that began here, so that their end needs no look before the locks. */
  const namesOf = new LRUCache<string, readonly string[]>({ max: maxNamed });
  /** How far the clock of the database is ahead of this process's. */
  let aheadMs = 0;

  const namesIn = (demands: readonly Demand[]): string[] => {
    const atMs = nowMs?.() ?? Date.now() + aheadMs;
    return demands.map((demand) => levelName(demand, atMs));
  };

  /** What a request took never changes its levels, so they may be read before the locks. */
  async function levelsOf(changes: readonly Change[]): Promise<string[]> {
    const names = new Set<string>();
    const unknown: string[] = [];
    for (const change of changes) {
      const known = change.kind === "reserve" ? namesIn(change.demands) : namesOf.get(change.requestId);
      if (known === undefined) unknown.push(change.requestId);
      else for (const name of known) names.add(name);
    }
    if (unknown.length > 0) {
      const holds = await store.readHolds(database, unknown);
      for (const { takings } of holds) for (const { name } of takings) names.add(name);
    }
    return [...names];
  }

  /** Not when a day ended before the locks were there. */
  function isLocked(
    changes: readonly Change[],
    holds: readonly HoldRow[],
    levels: ReadonlyMap<string, Level>,
  ): boolean {
    // A repeated reservation changes nothing of what it took.
    const changed = new Set(changes.flatMap(({ kind, requestId }) => (kind === "reserve" ? [] : [requestId])));
    const unlocked = holds.filter(
      ({ request_id, takings }) => changed.has(request_id) && takings.some(({ name }) => !levels.has(name)),
    );
    for (const { request_id } of unlocked) namesOf.delete(request_id);
    const wanted = changes.flatMap((change) => (change.kind === "reserve" ? namesIn(change.demands) : []));
    return unlocked.length === 0 && wanted.every((name) => levels.has(name));
  }

  /** Undefined when not everything was locked: then it has to be tried again. */
  async function tryTogether(
    changes: readonly Change[],
    names: readonly string[],
  ): Promise<LimitDecision[] | undefined> {
    return database.transaction(async (transaction) => {
      const { levels, nowMs: databaseMs } = await store.lockLevels(transaction, names);
      aheadMs = databaseMs - Date.now();
      const found = await store.readHolds(
        transaction,
        changes.map(({ requestId }) => requestId),
      );
      if (!isLocked(changes, found, levels)) return undefined;
      const holds = new Map(found.map((hold) => [hold.request_id, hold]));
      const atMs = nowMs?.() ?? databaseMs;
      const book: Book = { levels, changedLevels: new Map(), holds, changedHolds: new Map(), atMs };
      const decisions = changes.map((change) => apply(book, change, leaseMs));
      if (book.changedHolds.size > 0) {
        await store.write(transaction, { levels: book.changedLevels, holds: [...book.changedHolds.values()] });
      }
      return decisions;
    });
  }

  async function changeTogether(changes: readonly Change[]): Promise<LimitDecision[]> {
    const names = await levelsOf(changes);
    if (names.length === 0) return changes.map(() => nothingToDecide);
    const decisions = (await tryTogether(changes, names)) ?? (await tryTogether(changes, await levelsOf(changes)));
    if (decisions === undefined) throw levelsNotLocked();
    return decisions;
  }

  /** Resolves to how many there were. */
  async function giveUpTheDead(): Promise<number> {
    const requestIds = await store.listGivenUp(database, { ...at(), limit: maxGroup });
    if (requestIds.length > 0) await changeTogether(requestIds.map((requestId) => ({ kind: "give-up", requestId })));
    return requestIds.length;
  }

  async function writeGroup(changes: readonly Change[]): Promise<LimitDecision[]> {
    const decisions = await changeTogether(changes);
    const refused = changes.filter((_, index) => mayBeHeldByTheDead(decisions[index]));
    if (refused.length === 0 || (await giveUpTheDead()) === 0) return decisions;
    const again = await changeTogether(refused);
    return changes.map((change, index) => again[refused.indexOf(change)] ?? decisions[index] ?? nothingToDecide);
  }

  const writer = createGroupWriter<Change, LimitDecision>({
    writeGroup,
    maxGroup,
    isItemsFault: (error) => error instanceof RangeError || isRefusedData(error),
  });

  async function end(requestId: string, used: UsedAmounts | null): Promise<void> {
    await writer.write({ kind: "end", requestId, used });
    namesOf.delete(requestId);
  }

  return {
    async reserve(requestId, demands) {
      if (demands.length === 0) return nothingToDecide;
      const decision = await writer.write({ kind: "reserve", requestId, demands });
      if (decision.granted) namesOf.set(requestId, namesIn(demands));
      return decision;
    },
    settle: (requestId, used) => end(requestId, used),
    release: (requestId) => end(requestId, null),
    async extend(requestIds) {
      if (requestIds.length > 0) await store.extend(database, { ...at(), requestIds, leaseMs });
    },
    async tidy() {
      for (let count = maxGroup; count === maxGroup;) count = await giveUpTheDead();
      for (let count = maxTidied; count >= maxTidied;) {
        count = await store.deleteOver(database, { ...at(), limit: maxTidied });
      }
    },
  };
}
