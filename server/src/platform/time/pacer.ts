import { setTimeout as delay } from "node:timers/promises";

/**
 * Lets something be asked for as often as anybody likes and done at most once in `leastMs`: whoever asks too early waits
 * for the next time together with all others. Nobody is answered by what began before they asked.
 */
export function createPacer({ act, leastMs }: { act: () => Promise<void>; leastMs: number }): () => Promise<void> {
  let beganAtMs = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;

  async function actInTime(): Promise<void> {
    const waitMs = beganAtMs + leastMs - performance.now();
    // Also without a wait the rest comes after `next` is set.
    await (waitMs > 0 ? delay(waitMs) : undefined);
    beganAtMs = performance.now();
    next = undefined;
    await act();
  }

  return () => (next ??= actInTime());
}
