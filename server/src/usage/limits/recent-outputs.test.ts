import { expect, it } from "vitest";
import { createRecentOutputs } from "./recent-outputs.ts";

const of = { who: "key_1", model: "gpt" };

it("expects 1000 tokens until twenty answers are known, and no more than the model gives", () => {
  const outputs = createRecentOutputs();
  expect([outputs.usual(of, null), outputs.usual(of, 800)]).toEqual([1000, 800]);
  for (let count = 0; count < 19; count += 1) outputs.note(of, 10);
  expect(outputs.usual(of, null)).toBe(1000);
  outputs.note(of, 10);
  expect(outputs.usual(of, null)).toBe(10);
});

it("expects what 95 of 100 recent answers do not exceed, each key and model by itself", () => {
  const outputs = createRecentOutputs();
  for (let length = 1; length <= 100; length += 1) outputs.note(of, length);
  // The last 64 are 37 to 100, of which 61 are no longer than 97.
  expect(outputs.usual(of, null)).toBe(97);
  expect(outputs.usual(of, 50)).toBe(50);
  outputs.note(of, 5000);
  expect(outputs.usual(of, null)).toBe(98);
  expect(outputs.usual({ ...of, model: "other" }, null)).toBe(1000);
  expect(outputs.usual({ ...of, who: "key_2" }, null)).toBe(1000);
});

it("forgets the keys that asked longest ago", () => {
  const outputs = createRecentOutputs();
  for (let count = 0; count < 20; count += 1) outputs.note(of, 10);
  for (let count = 0; count < 10_000; count += 1) outputs.note({ who: `other_${count}`, model: "gpt" }, 10);
  expect(outputs.usual(of, null)).toBe(1000);
});
