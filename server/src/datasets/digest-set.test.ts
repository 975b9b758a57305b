import { describe, expect, it } from "vitest";
import { DigestSet, digestOf } from "./digest-set.ts";

describe("a set of digests", () => {
  it("knows what was added, while it grows", () => {
    const set = new DigestSet();
    for (let index = 0; index < 20_000; index += 1) expect(set.add(digestOf(`row ${index}`))).toBe(true);
    for (let index = 0; index < 20_000; index += 1) expect(set.add(digestOf(`row ${index}`))).toBe(false);
    expect(set.size).toBe(20_000);
  });

  it("tells digests apart that share a place, and those that are zero in part", () => {
    const set = new DigestSet();
    const digests = [
      [0, 0],
      [1, 0],
      [0, 2],
      [5, 1024],
      [6, 1024],
      [5, 2048],
      [2 ** 32 - 1, 2 ** 32 - 1],
    ].map((words) =>
      words
        .map((word) => word.toString(16).padStart(8, "0"))
        .join("")
        .padEnd(64, "0"),
    );
    expect(digests.map((digest) => set.add(digest))).toEqual(digests.map(() => true));
    expect(digests.map((digest) => set.add(digest))).toEqual(digests.map(() => false));
  });
});
