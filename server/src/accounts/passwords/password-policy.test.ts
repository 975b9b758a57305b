import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createPasswordPolicy } from "./password-policy.ts";

const refuse = createPasswordPolicy();
const email = "adalovelace@example.org";

describe("password policy", () => {
  it.each([
    ["iloveyou123", /most common/],
    ["ILoveYou123", /most common/],
    ["P@ssw0rd", /most common/],
    ["dragon2024", /most common/],
    ["sunshine!!", /most common/],
    ["s3cr3t12", /most common/],
    ["aaaaaaaaaaab", /same few/],
    ["12341234", /most common/],
    ["abababababab", /same few/],
    ["efghijklmn", /neighbouring/],
    ["mlkjihgfedcba", /neighbouring/],
    ["llmtuner1", /name of this product/],
    ["My-LLM-Tuner", /name of this product/],
    ["adalovelace1", /e-mail address/],
    ["Example.org99", /e-mail address/],
  ])("refuses %s", (password, reason) => {
    expect(refuse({ password, email })).toMatch(reason);
  });

  it.each([
    "correct horse battery staple",
    "tr4in-Spotted-9",
    "Ω≈ç√∫˜µ≤",
    "12 monkeys on the moon",
    // A known word with enough beside it.
    "llmtuner has seven moons",
    "x".repeat(3) + "q7Kd0pLm",
  ])("accepts %s", (password) => {
    expect(refuse({ password, email })).toBeNull();
  });

  it("holds a short local part against nobody", () => {
    expect(refuse({ password: "adamant-9-boots", email: "ada@b.co" })).toBeNull();
  });

  it("reads a list of at least a thousand different entries, lower-case and sorted", () => {
    const entries = readFileSync(new URL("common-passwords.txt", import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    expect(entries.length).toBeGreaterThan(1000);
    expect(new Set(entries).size).toBe(entries.length);
    expect(entries.filter((entry) => entry !== entry.toLowerCase().trim())).toEqual([]);
  });
});
