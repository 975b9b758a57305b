const windowMs = 60_000;

/** Whether something was not yet seen in the last minute. Remembers a bounded number of things, the latest ones. */
export function createOnceAMinute(nowMs: () => number, capacity = 1000): (key: string) => boolean {
  const seenAtMs = new Map<string, number>();
  return (key) => {
    const now = nowMs();
    const before = seenAtMs.get(key);
    if (before !== undefined && now - before < windowMs) return false;
    // A map keeps the order of insertion, so its first key is the oldest.
    seenAtMs.delete(key);
    const [oldest] = seenAtMs.keys();
    if (seenAtMs.size >= capacity && oldest !== undefined) seenAtMs.delete(oldest);
    seenAtMs.set(key, now);
    return true;
  };
}
