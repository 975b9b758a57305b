import { describe, expect, it } from "vitest";
import { assertSafeKey, safeFilename } from "./object-key.ts";

describe("the file name in a key", () => {
  it.each([
    ["data.csv", "data.csv"],
    ["../../etc/passwd.txt", "passwd.txt"],
    ["C:\\Users\\me\\notes.txt", "notes.txt"],
    ["Größe & Preis.csv", "Gro-e-Preis.csv"],
    ["..csv", "file.csv"],
    ["a\0b.csv", "a-b.csv"],
    ["日本語.jsonl", "file.jsonl"],
    ["-rf.txt", "rf.txt"],
    ["", "file"],
    ["a..b...csv", "a.b..csv"],
    [`${"x".repeat(300)}.csv`, `${"x".repeat(76)}.csv`],
  ])("is %j → %j", (name, expected) => {
    expect(safeFilename(name)).toBe(expected);
  });

  it("always makes a safe key", () => {
    for (let code = 0; code < 0x300; code += 1) {
      const character = String.fromCodePoint(code);
      expect(() => assertSafeKey(`users/u/uploads/id_${safeFilename(`${character}x${character}.csv`)}`)).not.toThrow();
      expect(() => assertSafeKey(safeFilename(character))).not.toThrow();
    }
  });
});
