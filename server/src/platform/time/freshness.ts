import type { Log } from "../log/log.ts";

export interface Freshness {
  /** Undefined when what was loaded is young enough to go on with; otherwise to be awaited. */
  ensure: () => Promise<void> | undefined;
  /** Something changed: the next `ensure` loads anew before anybody goes on. */
  invalidate: () => void;
}

interface FreshnessOptions {
  load: () => Promise<void>;
  /** From this age on it is loaded anew in the background. */
  freshMs: number;
  /** From this age on nobody goes on before it is loaded: when the database is away, this fails closed. */
  staleMs: number;
  log: Log;
}

/**
 * Keeps something that was read from the database young without a timer: whoever uses it pays the look at the clock.
 * Ages are measured with the monotonic clock.
 */
export function createFreshness({ load, freshMs, staleMs, log }: FreshnessOptions): Freshness {
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let invalidations = 0;
  let loading: Promise<void> | undefined;
  const ageMs = () => performance.now() - loadedAtMs;

  async function loadOnce(): Promise<void> {
    const startedAtMs = performance.now();
    const invalidationsBefore = invalidations;
    await load();
    // What changed while it was read may be missing in it.
    if (invalidations === invalidationsBefore) loadedAtMs = startedAtMs;
  }

  const reload = (): Promise<void> => {
    loading ??= loadOnce().finally(() => (loading = undefined));
    return loading;
  };

  async function untilUsable(): Promise<void> {
    while (ageMs() >= staleMs) await reload();
  }

  return {
    ensure() {
      const age = ageMs();
      if (age < freshMs) return undefined;
      if (age >= staleMs) return untilUsable();
      reload().catch((error: unknown) => log.warn({ error }, "what is kept in memory cannot be read anew"));
      return undefined;
    },
    invalidate() {
      invalidations += 1;
      loadedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
