import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/time/clock.ts";

/** What a bucket holds at a moment. */
export interface BucketLevel {
  /** What may be taken now; below zero after more was used than had been asked for. */
  remaining: number;
  /** Until the bucket is full again. */
  resetMs: number;
  /** Until `wanted` can be taken; 0 when it can be taken now. */
  waitMs: number;
}

export interface Buckets {
  look(key: string, perMinute: number, wanted: number): BucketLevel;
  /** Takes without asking; a negative amount gives back. */
  take(key: string, perMinute: number, amount: number): void;
}

interface Bucket {
  /** In 60 000ths, so that what flows in within a millisecond is a whole number. */
  used: number;
  atMs: number;
}

const parts = 60_000;
/** A bucket that nobody used for so long is full, debts included. */
const forgetAfterMs = 180_000;
const maxBuckets = 200_000;

/**
 * Buckets of some amount a minute that fill continuously, in this process's memory. They remember what was used and not
 * what is left, so a limit that changes holds at once and nobody starts anew.
 */
export function createBuckets(clock: Clock): Buckets {
  const nowMs = (): number => clock.now().getTime();
  const buckets = new LRUCache<string, Bucket>({
    max: maxBuckets,
    ttl: forgetAfterMs,
    ttlResolution: 0,
    perf: { now: nowMs },
  });

  const usedOf = (key: string, perMinute: number): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return 0;
    return Math.max(0, bucket.used - Math.max(0, nowMs() - bucket.atMs) * perMinute);
  };

  return {
    look(key, perMinute, wanted) {
      const used = usedOf(key, perMinute);
      return {
        remaining: Math.floor(perMinute - used / parts),
        resetMs: Math.ceil(used / perMinute),
        waitMs: Math.max(0, Math.ceil((used + (wanted - perMinute) * parts) / perMinute)),
      };
    },
    take(key, perMinute, amount) {
      // A debt is forgiven beyond a second bucket: one answer must not lock somebody out for long.
      const used = Math.min(2 * perMinute * parts, usedOf(key, perMinute) + amount * parts);
      buckets.set(key, { used: Math.max(0, used), atMs: nowMs() });
    },
  };
}
