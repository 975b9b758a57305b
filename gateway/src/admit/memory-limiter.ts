import { endAll, giveUp, lookAt, takeAll } from "./limit-book.ts";
import type { Taking } from "./limit-levels.ts";
import { defaultLeaseMs, type Limiter, rememberEndMs, type UsedAmounts } from "./limiter.ts";
import { createMemoryLevels } from "./memory-levels.ts";
import type { Clock } from "../ports.ts";

interface MemoryLimiterOptions {
  clock: Clock;
  leaseMs?: number;
  /** See `createMemoryLevels`. */
  maxLevels?: number;
}

interface Hold {
  takings: readonly Taking[];
  untilMs: number;
}

/** Of each generation. */
const maxEnded = 10_000;

/**
 * What the ends of requests left to settle, remembered for ten minutes, or for the last ten thousand. They are forgotten by
 * the generation: a map that loses its oldest entry with every new one has to look for it among the places of all that went.
 */
const createEnded = () => {
  let older: ReadonlyMap<string, readonly Taking[]> = new Map();
  let newer = new Map<string, readonly Taking[]>();
  let begunMs = 0;
  return {
    get: (requestId: string): readonly Taking[] | undefined => newer.get(requestId) ?? older.get(requestId),
    set(requestId: string, takings: readonly Taking[], atMs: number): void {
      if (newer.size >= maxEnded || atMs - begunMs > rememberEndMs) {
        older = newer;
        newer = new Map();
        begunMs = atMs;
      }
      newer.set(requestId, takings);
    },
  };
};

const nothingLeft: readonly Taking[] = [];

/** Limits in the memory of this process: where several processes answer, each allows as much. Works on edge hosts. */
export const createMemoryLimiter = ({ clock, leaseMs = defaultLeaseMs, maxLevels }: MemoryLimiterOptions): Limiter => {
  const levels = createMemoryLevels(maxLevels);
  /** Running requests; those whose lease ends first come first. */
  const open = new Map<string, Hold>();
  const ended = createEnded();

  const giveUpEnded = (atMs: number): void => {
    for (const [requestId, { takings, untilMs }] of open) {
      if (untilMs > atMs) break;
      open.delete(requestId);
      ended.set(requestId, giveUp(levels, takings, atMs), atMs);
    }
  };

  const end = (requestId: string, used: UsedAmounts | null): void => {
    const atMs = clock.now().getTime();
    giveUpEnded(atMs);
    const takings = open.get(requestId)?.takings ?? ended.get(requestId);
    if (takings === undefined) return;
    open.delete(requestId);
    endAll(levels, takings, { used, atMs });
    ended.set(requestId, nothingLeft, atMs);
  };

  return {
    reserve(requestId, demands) {
      const atMs = clock.now().getTime();
      giveUpEnded(atMs);
      if (open.has(requestId) || ended.get(requestId) !== undefined) {
        return { granted: true, states: lookAt(levels, demands, atMs) };
      }
      const { decision, takings } = takeAll(levels, demands, atMs);
      if (decision.granted) open.set(requestId, { takings, untilMs: atMs + leaseMs });
      return decision;
    },
    settle: (requestId, used) => end(requestId, used),
    release: (requestId) => end(requestId, null),
    async extend(requestIds) {
      const atMs = clock.now().getTime();
      giveUpEnded(atMs);
      for (const requestId of requestIds) {
        const hold = open.get(requestId);
        if (hold === undefined) continue;
        open.delete(requestId);
        open.set(requestId, { takings: hold.takings, untilMs: atMs + leaseMs });
      }
    },
  };
};
