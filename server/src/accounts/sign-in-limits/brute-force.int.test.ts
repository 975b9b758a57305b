import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";

const { database, drop } = await createTestDatabase();
const config = { signInFailuresPerAddress: 6, signInFreeFailures: 3, registrationsPerAddress: 1000 };
/** Reached by everybody directly. */
const open = await createAccountServer(database, { config });
/** Behind a proxy that is trusted. */
const proxied = await createAccountServer(database, {
  config,
  masterKey: open.masterKey,
  clock: open.clock,
  http: { trustedProxies: ["127.0.0.1"] },
});
afterAll(async () => {
  await open.close();
  await proxied.close();
  await drop();
});
// The limiter reads the wall clock itself; it stands still, so that a slow machine gives no guess its turn.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await database.execute("delete from sign_in_attempts");
});
afterEach(() => void vi.useRealTimers());

type Server = typeof open;
const wrong = "wrong horse battery";
const from = (address: string) => ({ "x-forwarded-for": address });
const login = async (server: Server, email: string, { password = goodPassword, headers = {} } = {}) =>
  (await server.call("POST", "/api/auth/login", { body: { email, password }, headers })).status;

async function statusesOf(count: number, attempt: (index: number) => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push(await attempt(index));
  return statuses;
}
const refusedAfter = (free: number, count: number) => [
  ...Array<number>(free).fill(401),
  ...Array<number>(count - free).fill(429),
];

describe("guessing over sockets", () => {
  it("SEC-04: a forged X-Forwarded-For makes nobody another client where no proxy is trusted", async () => {
    const statuses = await statusesOf(9, (index) =>
      login(open, newEmail(), { password: wrong, headers: from(`198.51.100.${index}`) }),
    );
    expect(statuses).toEqual(refusedAfter(6, 9));
    const others = {
      forwarded: "for=198.51.100.77",
      "x-real-ip": "198.51.100.78",
      "cf-connecting-ip": "198.51.100.79",
    };
    expect(await login(open, newEmail(), { password: wrong, headers: others })).toBe(429);
  });

  it("SEC-04: behind a trusted proxy the last address counts, not what the client put before it", async () => {
    const statuses = await statusesOf(9, (index) =>
      login(proxied, newEmail(), { password: wrong, headers: from(`198.51.100.${index}, 203.0.113.9`) }),
    );
    expect(statuses).toEqual(refusedAfter(6, 9));
    expect(await login(proxied, newEmail(), { password: wrong, headers: from("203.0.113.10") })).toBe(401);
  });

  it("SEC-04: the addresses of one IPv6 /64 count as one, in whatever spelling, and another /64 does not", async () => {
    const addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:0DB8:0001:0002:0:0:0:3", "2001:db8:1:2::7"];
    const statuses = await statusesOf(9, (index) =>
      login(proxied, newEmail(), { password: wrong, headers: from(addresses[index % addresses.length] ?? "") }),
    );
    expect(statuses).toEqual(refusedAfter(6, 9));
    expect(await login(proxied, newEmail(), { password: wrong, headers: from("2001:db8:1:3::1") })).toBe(401);
  });

  it("SEC-04: rotating accounts from one network is bounded, also for accounts that exist", async () => {
    const emails = await Promise.all(Array.from({ length: 4 }, async () => (await proxied.signUp()).email));
    const statuses = await statusesOf(9, (index) =>
      login(proxied, emails[index % 4] ?? "", { password: wrong, headers: from("203.0.113.20") }),
    );
    expect(statuses).toEqual(refusedAfter(6, 9));
  });

  it("SEC-04: guesses from everywhere at one account slow each other down, but not its owner at home", async () => {
    const { email } = await proxied.signUp();
    const home = { headers: from("192.0.2.50") };
    expect(await login(proxied, email, home)).toBe(200);
    // Three are free and one has its turn; then even the right password must wait when it comes from nowhere known.
    const statuses = await statusesOf(8, (index) =>
      login(proxied, email, { password: wrong, headers: from(`203.0.113.${30 + index}`) }),
    );
    expect(statuses).toEqual(refusedAfter(4, 8));
    expect(await login(proxied, email, { headers: from("198.51.100.5") })).toBe(429);
    expect(await login(proxied, email, home)).toBe(200);
    // Somebody in the owner's own network uses up what that network has; the owner still comes in.
    await statusesOf(9, () => login(proxied, newEmail(), { password: wrong, ...home }));
    expect(await login(proxied, newEmail(), { password: wrong, ...home })).toBe(429);
    expect(await login(proxied, email, home)).toBe(200);
  });

  it("SEC-04: counts in both processes together", async () => {
    const email = newEmail();
    const statuses = await statusesOf(8, (index) =>
      login(index % 2 === 0 ? open : proxied, email, { password: wrong }),
    );
    expect(statuses).toEqual(refusedAfter(4, 8));
  });

  it("SEC-04: leaves failed attempts in the audit log, with where they came from, and refused ones once a minute", async () => {
    const { email, user } = await proxied.signUp();
    const headers = from("203.0.113.99");
    await statusesOf(12, () => login(proxied, email, { password: wrong, headers }));
    proxied.clock.advance(61_000);
    await statusesOf(3, () => login(proxied, email, { password: wrong, headers }));
    const events = await database.rows(
      z.object({ action: z.string(), actor_kind: z.string(), address: z.string(), details: z.string() }),
      "select action, actor_kind, address, details from audit_events where target_id = $1 and address = '203.0.113.99' order by sequence",
      [user.id],
    );
    const entry = { actor_kind: "anonymous", address: "203.0.113.99", details: "{}" };
    expect(events).toEqual([
      ...Array.from({ length: 4 }, () => ({ ...entry, action: "account.sign_in_failed" })),
      ...Array.from({ length: 2 }, () => ({ ...entry, action: "account.sign_in_refused" })),
    ]);
  });
});
