import type { Clock } from "../time/clock.ts";

export interface MovableClock extends Clock {
  advance(ms: number): void;
}

/** A clock that begins now and stands still until it is moved. */
export function createMovableClock(): MovableClock {
  let nowMs = Date.now();
  return {
    now: () => new Date(nowMs),
    advance(ms) {
      nowMs += ms;
    },
  };
}
