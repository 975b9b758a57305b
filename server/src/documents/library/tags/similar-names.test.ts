import { expect, it } from "vitest";
import { similarNames } from "./similar-names.ts";

const tagOf = (name: string) => ({ id: name, name, folded: name.replaceAll(" ", "") });

function permutations(words: readonly string[]): string[][] {
  if (words.length === 0) return [[]];
  return words.flatMap((word) =>
    permutations(words.filter((other) => other !== word)).map((others) => [word, ...others]),
  );
}

it("finds names that are spelled nearly alike, and none that differ in their numbers", () => {
  const names = ["Organisation", "Organization", "Q1 report", "Q2 report", "Invoices", "Invoice"];
  const found = similarNames(names.map(tagOf), { languages: ["en"], limit: 10 });
  expect(found.map(({ ids }) => ids.toSorted())).toEqual([
    ["Invoice", "Invoices"],
    ["Organisation", "Organization"],
  ]);
});

// Each of them is of the same words as each other: nearly five million pairs would take minutes, and gigabytes.
it("compares a bounded number of pairs, those of rare names first", () => {
  const same = permutations(["ab", "cd", "ef", "gh", "ij", "kl", "mn"]).slice(0, 3_000);
  const names = [...same.map((words) => words.join(" ")), "Invoices", "Invoice"];
  const found = similarNames(names.map(tagOf), { languages: ["en"], limit: 10_000_000 });
  expect(found.length).toBeLessThanOrEqual(200_000);
  expect(found.some(({ ids }) => ids.includes("Invoice") && ids.includes("Invoices"))).toBe(true);
});
