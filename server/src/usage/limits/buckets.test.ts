import { expect, it } from "vitest";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { createBuckets } from "./buckets.ts";

function createWatched() {
  const clock = createMovableClock();
  return { clock, buckets: createBuckets(clock) };
}

it("is full at first, empty when all is taken, and fills evenly to the millisecond", () => {
  const { clock, buckets } = createWatched();
  expect(buckets.look("a", 7, 1)).toEqual({ remaining: 7, resetMs: 0, waitMs: 0 });
  buckets.take("a", 7, 7);
  // A seventh of a minute is 8571.43 ms.
  expect(buckets.look("a", 7, 1)).toEqual({ remaining: 0, resetMs: 60_000, waitMs: 8572 });
  clock.advance(8571);
  expect(buckets.look("a", 7, 1)).toMatchObject({ remaining: 0, waitMs: 1 });
  clock.advance(1);
  expect(buckets.look("a", 7, 1)).toMatchObject({ remaining: 1, waitMs: 0 });
  expect(buckets.look("b", 7, 7)).toMatchObject({ waitMs: 0 });
});

it("never holds more than its limit, however much is given back or time passes", () => {
  const { clock, buckets } = createWatched();
  buckets.take("a", 10, 4);
  buckets.take("a", 10, -9);
  expect(buckets.look("a", 10, 1).remaining).toBe(10);
  clock.advance(86_400_000);
  expect(buckets.look("a", 10, 11)).toEqual({ remaining: 10, resetMs: 0, waitMs: 6000 });
});

it("goes into debt, but not deeper than once its limit", () => {
  const { clock, buckets } = createWatched();
  buckets.take("a", 10, 1000);
  expect(buckets.look("a", 10, 1)).toMatchObject({ remaining: -10, waitMs: 66_000 });
  clock.advance(119_999);
  expect(buckets.look("a", 10, 10).waitMs).toBe(1);
  clock.advance(1);
  expect(buckets.look("a", 10, 10).waitMs).toBe(0);
});

it("keeps what was used when the limit changes", () => {
  const { buckets } = createWatched();
  buckets.take("a", 10, 8);
  expect(buckets.look("a", 5, 1).remaining).toBe(-3);
  expect(buckets.look("a", 20, 1).remaining).toBe(12);
});

it("takes a clock that goes backwards for one that stands still", () => {
  const { clock, buckets } = createWatched();
  buckets.take("a", 10, 10);
  clock.advance(-5000);
  expect(buckets.look("a", 10, 1)).toMatchObject({ remaining: 0, waitMs: 6000 });
});
