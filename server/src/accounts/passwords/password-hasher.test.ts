import { hash, parseOptions } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { createPasswordHasher } from "./password-hasher.ts";

const floor = { memoryKib: 19_456, passes: 2, concurrency: 2, busy: () => new Error("busy") };

describe("password hasher", () => {
  it("writes argon2id with its parameters and a fresh salt", async () => {
    const hasher = createPasswordHasher(floor);
    const [first, second] = await Promise.all([hasher.hash("correct horse"), hasher.hash("correct horse")]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    expect(await hasher.verify(first, "correct horse")).toBe(true);
    expect(await hasher.verify(first, "correct horsf")).toBe(false);
  });

  it("cuts nothing: passwords that differ at the last of 256 characters differ", async () => {
    const hasher = createPasswordHasher(floor);
    const long = "x".repeat(255);
    const stored = await hasher.hash(`${long}1`);
    expect(await hasher.verify(stored, `${long}1`)).toBe(true);
    expect(await hasher.verify(stored, `${long}2`)).toBe(false);
  });

  it("normalises nothing: a letter with its accent apart is another password", async () => {
    const hasher = createPasswordHasher(floor);
    const stored = await hasher.hash("caf\u00e9 caf\u00e9");
    expect(await hasher.verify(stored, "cafe\u0301 cafe\u0301")).toBe(false);
  });

  it("refuses every password where no hash is stored", async () => {
    const hasher = createPasswordHasher(floor);
    expect(await hasher.verify(null, "correct horse")).toBe(false);
    expect(await hasher.verify(undefined, "")).toBe(false);
  });

  it("finds hashes outdated that are weaker than new ones, and only those", async () => {
    const weak = await hash("correct horse", { memoryCost: 8192, timeCost: 2, parallelism: 1 });
    const hasher = createPasswordHasher(floor);
    expect(hasher.isOutdated(weak)).toBe(true);
    expect(await hasher.verify(weak, "correct horse")).toBe(true);
    expect(hasher.isOutdated(await hasher.hash("correct horse"))).toBe(false);
    expect(createPasswordHasher({ ...floor, passes: 3 }).isOutdated(await hasher.hash("correct horse"))).toBe(true);
    const strong = await createPasswordHasher({ ...floor, memoryKib: 32_768 }).hash("correct horse");
    expect(parseOptions(strong).memoryCost).toBe(32_768);
    expect(hasher.isOutdated(strong)).toBe(false);
  });
});
