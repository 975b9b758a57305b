import type { Awaitable } from "@llm-tuner/gateway/awaitable.ts";
import { LRUCache } from "lru-cache";
import type { Clock } from "../platform/time/clock.ts";

export interface KeyCache<Value extends object> {
  /** What is known of the key, read where it is not; null when there is no such key. */
  get: (keyId: string) => Awaitable<Value | null>;
  forget: (keyId: string) => void;
  forgetAll: () => void;
}

const knownMs = 10_000;
const unknownMs = 1000;
const maxKeys = 10_000;

/**
 * Remembers keys for some seconds, and for a second that one does not exist, so that neither an API in heavy use nor
 * somebody who guesses asks the database every time.
 */
export function createKeyCache<Value extends object>(
  read: (keyId: string) => Promise<Value | null>,
  clock: Clock,
): KeyCache<Value> {
  const cache = new LRUCache<string, { value: Value | null }>({
    max: maxKeys,
    ttlResolution: 0,
    perf: { now: () => clock.now().getTime() },
  });
  let forgotten = 0;

  async function readAnew(keyId: string): Promise<Value | null> {
    const forgottenBefore = forgotten;
    const value = await read(keyId);
    // What was forgotten while it was read may be this key's older state.
    if (forgotten === forgottenBefore) cache.set(keyId, { value }, { ttl: value === null ? unknownMs : knownMs });
    return value;
  }

  return {
    get(keyId) {
      const known = cache.get(keyId);
      return known === undefined ? readAnew(keyId) : known.value;
    },
    forget(keyId) {
      forgotten += 1;
      cache.delete(keyId);
    },
    forgetAll() {
      forgotten += 1;
      cache.clear();
    },
  };
}
