import { describe, expect, it } from "vitest";
import { newId, randomBase62 } from "./ids.ts";

describe("random texts", () => {
  it("are of the length and the alphabet that are asked for", () => {
    for (const length of [0, 1, 22, 500]) expect(randomBase62(length)).toMatch(new RegExp(`^[0-9A-Za-z]{${length}}$`));
  });

  it("never come again, also where the random bytes are drawn anew in their middle", () => {
    const many = Array.from({ length: 20_000 }, () => newId("request"));
    expect(new Set(many).size).toBe(many.length);
    for (const id of many) expect(id).toMatch(/^req_[0-9A-Za-z]{22}$/);
  });

  it("have every character about as often as any other", () => {
    const counts = new Map<string, number>();
    for (const character of randomBase62(620_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // Ten thousand of each are expected, with a standard deviation of a hundred.
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(700);
  });
});
