import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { randomBase62 } from "../../platform/ids.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { deleteEndedAttempts } from "./sign-in-attempts.store.ts";
import { createSignInLimits } from "./sign-in-limits.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);
// The limiter reads the wall clock itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const config = {
  signInFreeFailures: 3,
  signInMaxDelaySeconds: 8,
  signInFailuresPerAddress: 10,
  registrationsPerAddress: 2,
};
const createLimits = () => createSignInLimits({ database, config });
const attempt = (changed = {}) => ({
  email: `${randomBase62(8)}@example.org`,
  network: randomBase62(8),
  isKnownNetwork: false,
  ...changed,
});
const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const tooSoon = (seconds: number) => ({ status: 429, details: { retry_after_seconds: seconds } });

describe("attempts at one account", () => {
  it("SEC-04: wait twice as long each time, up to a bound, and are never locked out", async () => {
    const limits = createLimits();
    const { email } = attempt();
    const guess = () => limits.admit(attempt({ email }));
    for (let count = 0; count < config.signInFreeFailures; count += 1) await guess();
    for (const seconds of [1, 2, 4, 8, 8, 8]) {
      await guess();
      await expect(guess()).rejects.toMatchObject(tooSoon(seconds));
      // Hammering in between does not lengthen the wait.
      await expect(guess()).rejects.toMatchObject(tooSoon(seconds));
      wait(seconds);
    }
  });

  it("SEC-04: are counted before the password is looked at: of 20 at once only the free ones and one turn pass", async () => {
    const { email } = attempt();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => createLimits().admit(attempt({ email }))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(config.signInFreeFailures + 1);
  });

  it("are forgotten after a success", async () => {
    const limits = createLimits();
    const { email } = attempt();
    for (let count = 0; count < 4; count += 1) await limits.admit(attempt({ email }));
    await limits.forgive(attempt({ email }));
    for (let count = 0; count < 4; count += 1) await limits.admit(attempt({ email }));
    await expect(limits.admit(attempt({ email }))).rejects.toMatchObject(tooSoon(1));
  });

  it("SEC-04: from a network that the person uses are counted apart", async () => {
    const limits = createLimits();
    const { email, network } = attempt();
    for (let count = 0; count < 4; count += 1) await limits.admit(attempt({ email }));
    await expect(limits.admit(attempt({ email }))).rejects.toMatchObject({ status: 429 });
    await limits.admit({ email, network, isKnownNetwork: true });
  });
});

describe("attempts from one address", () => {
  it("SEC-04: are bounded whatever accounts they try, until the window has passed", async () => {
    const limits = createLimits();
    const { network } = attempt();
    for (let count = 0; count < config.signInFailuresPerAddress; count += 1) await limits.admit(attempt({ network }));
    await expect(limits.admit(attempt({ network }))).rejects.toMatchObject(tooSoon(900));
    wait(901);
    await limits.admit(attempt({ network }));
  });

  it("SEC-04: never stop a person whose own network it is: others may share it, or be a proxy that is not trusted", async () => {
    const limits = createLimits();
    const { network, email } = attempt();
    for (let count = 0; count < config.signInFailuresPerAddress; count += 1) await limits.admit(attempt({ network }));
    await expect(limits.admit(attempt({ network }))).rejects.toMatchObject(tooSoon(900));
    const victim = { email, network, isKnownNetwork: true };
    // Guesses at this very account stay slow all the same.
    for (let count = 0; count <= config.signInFreeFailures; count += 1) await limits.admit(victim);
    await expect(limits.admit(victim)).rejects.toMatchObject(tooSoon(1));
  });

  it("are bounded for other secrets than passwords as well, and together with them", async () => {
    const limits = createLimits();
    const { network } = attempt();
    for (let count = 0; count < 5; count += 1) await limits.admitFromNetwork(network);
    await limits.forgiveNetwork(network);
    for (let count = 4; count < config.signInFailuresPerAddress; count += 1) await limits.admit(attempt({ network }));
    await expect(limits.admitFromNetwork(network)).rejects.toMatchObject(tooSoon(900));
  });

  it("count for nothing when they succeed", async () => {
    const limits = createLimits();
    const { network } = attempt();
    for (let count = 0; count < 15; count += 1) {
      const success = attempt({ network });
      await limits.admit(success);
      await limits.forgive(success);
    }
    const failures = Array.from({ length: config.signInFailuresPerAddress }, () => limits.admit(attempt({ network })));
    await expect(Promise.all(failures)).resolves.toHaveLength(config.signInFailuresPerAddress);
  });
});

describe("registrations", () => {
  it("are bounded per address and hour", async () => {
    const limits = createLimits();
    const { network } = attempt();
    await limits.admitRegistration(network);
    await limits.admitRegistration(network);
    await expect(limits.admitRegistration(network)).rejects.toMatchObject(tooSoon(3600));
    wait(3601);
    await limits.admitRegistration(network);
  });
});

describe("the counters", () => {
  it("name no person and no address, and are removed after their end", async () => {
    const { email, network } = attempt();
    await createLimits().admit({ email, network, isKnownNetwork: false });
    const keys = await database.rows(z.object({ key: z.string() }), "select key from sign_in_attempts");
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter(({ key }) => key.includes(email) || key.includes(network))).toEqual([]);
    wait(100_000);
    await deleteEndedAttempts(database, new Date());
    expect(await database.rows(z.object({ key: z.string() }), "select key from sign_in_attempts")).toEqual([]);
  });

  it("fail closed: without the store no attempt is admitted", async () => {
    const broken = createSignInLimits({
      database: { ...database, rows: () => Promise.reject(new Error("the database is away")) },
      config,
    });
    await expect(broken.admit(attempt())).rejects.toThrow("away");
  });
});
