import { hash } from "@node-rs/argon2";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { usersStore } from "./users.store.ts";
import { createAccountFixture, goodPassword, newEmail, newOrigin } from "./testing/account-fixture.ts";

const { database, drop } = await createTestDatabase();
const { accounts, gate, register, clock, masterKey } = createAccountFixture(database);
afterAll(async () => {
  await gate.close();
  await drop();
});

const setPasswordHash = (email: string, passwordHash: string) =>
  database.execute("update users set password_hash = $2 where email = $1", [email, passwordHash]);

const storedHash = async (email: string) =>
  (
    await database.row(z.object({ password_hash: z.string() }), "select password_hash from users where email = $1", [
      email,
    ])
  )?.password_hash;

describe("register", () => {
  it("creates an account and signs it in", async () => {
    const email = newEmail();
    const tokens = await accounts.register({ email, password: goodPassword, full_name: "Ada Lovelace" }, newOrigin());
    if (tokens === null) throw new Error("nobody has to verify an address first");
    expect(Tokens.strip().parse(tokens)).toMatchObject({ user: tokens.user });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 1800 });
    expect(tokens.user).toMatchObject({
      email,
      full_name: "Ada Lovelace",
      is_active: true,
      is_verified: false,
      role: "user",
      provider: "password",
      created_at: clock.now().toISOString(),
    });
    expect(await accounts.userById(tokens.user.id)).toEqual(tokens.user);
    expect(await gate.authenticate(tokens.access_token)).toMatchObject({ userId: tokens.user.id, role: "user" });
  });

  it("stores the password as argon2id at the floor", async () => {
    const { email } = await register();
    expect(await storedHash(email)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("refuses an address that is taken", async () => {
    const { email } = await register();
    await expect(register(email)).rejects.toMatchObject({ status: 409, code: "email_taken" });
  });

  it("gives an address to one of many that register it at once", async () => {
    const email = newEmail();
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => register(email)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(reasons.map(({ code }) => code)).toEqual(Array(5).fill("email_taken"));
  });

  it.each(["password123", "llmtuner1"])("refuses %s and says which field", async (password) => {
    await expect(accounts.register({ email: newEmail(), password }, newOrigin())).rejects.toMatchObject({
      status: 400,
      code: "weak_password",
      details: { places: [{ field: "password" }], remedy: expect.any(String) },
    });
  });

  it("is bounded per address", async () => {
    const small = createAccountFixture(database, { masterKey, config: { registrationsPerAddress: 2 } });
    const origin = newOrigin();
    const attempt = () => small.accounts.register({ email: newEmail(), password: goodPassword }, origin);
    await attempt();
    await attempt();
    await expect(attempt()).rejects.toMatchObject({ status: 429, code: "too_many_registrations" });
    await small.gate.close();
  });
});

describe("login", () => {
  it("opens a new session and remembers the time", async () => {
    const registered = await register();
    clock.advance(1000);
    const tokens = await accounts.login({ email: registered.email, password: goodPassword }, newOrigin());
    expect(Tokens.strip().parse(tokens)).toMatchObject({ user: tokens.user });
    expect(tokens.user.last_login).toBe(clock.now().toISOString());
    const [first, second] = await Promise.all(
      [registered, tokens].map(({ access_token }) => gate.authenticate(access_token)),
    );
    expect(first?.sessionId).not.toBe(second?.sessionId);
  });

  it("answers an unknown address and a wrong password alike", async () => {
    const { email } = await register();
    const attempts = [
      { email, password: "wrong horse battery staple" },
      { email: newEmail(), password: goodPassword },
    ];
    const outcomes = await Promise.allSettled(attempts.map((attempt) => accounts.login(attempt, newOrigin())));
    const refusals = outcomes.map((outcome) => (outcome.status === "rejected" ? { ...outcome.reason } : outcome));
    expect(refusals[0]).toMatchObject({ status: 401, code: "invalid_credentials" });
    expect(refusals[1]).toEqual(refusals[0]);
  });

  it("takes the password whole: the same beginning of 72 characters is not enough", async () => {
    const email = newEmail();
    const beginning = "abc def ".repeat(10);
    await accounts.register({ email, password: `${beginning}1` }, newOrigin());
    await expect(accounts.login({ email, password: `${beginning}2` }, newOrigin())).rejects.toMatchObject({
      status: 401,
    });
    await accounts.login({ email, password: `${beginning}1` }, newOrigin());
  });

  it("upgrades a hash that is weaker than new ones, and leaves others alone", async () => {
    const { email } = await register();
    await setPasswordHash(email, await hash(goodPassword, { memoryCost: 8192, timeCost: 2, parallelism: 1 }));
    await accounts.login({ email, password: goodPassword }, newOrigin());
    const upgraded = await storedHash(email);
    expect(upgraded).toContain("m=19456,t=2");
    await accounts.login({ email, password: goodPassword }, newOrigin());
    expect(await storedHash(email)).toBe(upgraded);
  });

  it("does not upgrade a hash whose password was changed meanwhile", async () => {
    const { user, email } = await register();
    const before = (await storedHash(email)) ?? "";
    await usersStore.upgradePasswordHash(database, { id: user.id, from: "an older hash", to: "upgraded" });
    expect(await storedHash(email)).toBe(before);
  });

  it("tells a disabled person so only after the right password", async () => {
    const { email } = await register();
    await database.execute("update users set disabled_at = now() where email = $1", [email]);
    await expect(accounts.login({ email, password: "wrong horse battery" }, newOrigin())).rejects.toMatchObject({
      status: 401,
      code: "invalid_credentials",
    });
    await expect(accounts.login({ email, password: goodPassword }, newOrigin())).rejects.toMatchObject({
      status: 403,
      code: "account_disabled",
    });
  });

  it("slows guessing down and says how long to wait", async () => {
    const { email } = await register();
    const guess = () => accounts.login({ email, password: "wrong horse battery" }, newOrigin());
    for (let attempt = 0; attempt < 6; attempt += 1) await expect(guess()).rejects.toMatchObject({ status: 401 });
    await expect(guess()).rejects.toMatchObject({
      status: 429,
      code: "too_many_sign_in_attempts",
      details: { retry_after_seconds: 1 },
      headers: { "retry-after": "1" },
    });
  });

  it("does not let a stranger's guesses hinder a person in a known network", async () => {
    const { email } = await register();
    const home = newOrigin();
    await accounts.login({ email, password: goodPassword }, home);
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await accounts.login({ email, password: "wrong horse battery" }, newOrigin()).catch(() => undefined);
    }
    await expect(accounts.login({ email, password: goodPassword }, newOrigin())).rejects.toMatchObject({ status: 429 });
    await accounts.login({ email, password: goodPassword }, home);
  });
});
