import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database);
const other = await createAccountServer(database, { masterKey: server.masterKey, clock: server.clock });
afterAll(async () => {
  await server.close();
  await other.close();
  await drop();
});
const { call, firstAdmin, signUp } = server;

/** As a fresh installation, with whoever the tests before made. */
beforeEach(async () => {
  await database.execute("update users set role = 'user'");
  await database.execute("update first_admin_setup set used_at = null, used_by = null");
  await database.execute("delete from sign_in_attempts");
});

const claim = (token: string, setupToken: string, at = server) =>
  at.call("POST", "/api/auth/setup", { token, body: { setup_token: setupToken } });
const openToken = async () => (await firstAdmin.openSetupToken()) ?? "";
const errorOf = ({ json }: { json: unknown }) => ApiError.parse(json).error;
const admins = () => database.rows(z.object({ id: z.string() }), "select id from users where role = 'admin'");
const listUsers = async (token: string, at = server) => (await at.call("GET", "/api/admin/users", { token })).status;

describe("the setup token", () => {
  it("SEC-05: is the same in every process, and stands nowhere in the database", async () => {
    const token = await openToken();
    expect(token).toMatch(/^setup_[\w-]{43}$/);
    expect(await other.firstAdmin.openSetupToken()).toBe(token);
    expect(await createAccountFixture(database).firstAdmin.openSetupToken()).not.toBe(token);
    const row = await database.row(
      z.object({ text: z.string() }),
      "select first_admin_setup::text as text from first_admin_setup",
    );
    expect(row?.text ?? "").not.toContain(token.slice("setup_".length));
  });

  it("SEC-05: makes one administrator, whose tokens of before have the role from then on, and then no other", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const setupToken = await openToken();
    expect(await firstAdmin.needsFirstAdmin()).toBe(true);
    expect(await listUsers(ada.access_token)).toBe(403);
    expect((await claim(ada.access_token, setupToken)).json).toEqual({ message: "You are an administrator." });
    expect(await listUsers(ada.access_token)).toBe(200);
    await expect.poll(() => listUsers(ada.access_token, other)).toBe(200);

    const late = await claim(bob.access_token, setupToken);
    expect(late.status).toBe(409);
    expect(errorOf(late).code).toBe("setup_finished");
    expect(await admins()).toEqual([{ id: ada.user.id }]);
    expect(await firstAdmin.needsFirstAdmin()).toBe(false);
    expect(await firstAdmin.openSetupToken()).toBeUndefined();
    const events = await database.rows(
      z.object({ action: z.string(), actor_user_id: z.string() }),
      "select action, actor_user_id from audit_events where action = 'admin.first_admin_claimed' and target_id = $1",
      [ada.user.id],
    );
    expect(events).toEqual([{ action: "admin.first_admin_claimed", actor_user_id: ada.user.id }]);
  });

  it("SEC-05: does not hold again when the administrator is gone", async () => {
    const ada = await signUp();
    const setupToken = await openToken();
    await claim(ada.access_token, setupToken);
    await database.execute("update users set role = 'user' where id = $1", [ada.user.id]);
    expect(await firstAdmin.openSetupToken()).toBeUndefined();
    expect((await claim(ada.access_token, setupToken)).status).toBe(409);
  });

  it("SEC-05: makes one administrator of 30 who claim at once in two processes", async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => signUp()));
    const setupToken = await openToken();
    const answers = await Promise.all(
      people.map(({ access_token: token }, index) => claim(token, setupToken, index % 2 === 0 ? server : other)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(29);
    expect(await admins()).toHaveLength(1);
  });

  it("SEC-05: refuses wrong tokens alike, and counts them against the network", async () => {
    const { access_token: token } = await signUp();
    const right = await openToken();
    const wrong = [right.slice(0, -1), `${right}x`, right.replace(/^setup_/, ""), right.toUpperCase(), "admin"];
    for (const text of wrong) {
      const answer = await claim(token, text);
      expect(answer.status).toBe(403);
      expect(errorOf(answer).code).toBe("invalid_setup_token");
    }
    for (let attempt = wrong.length; attempt < 50; attempt += 1) await claim(token, "guess");
    const slowed = await claim(token, right);
    expect(slowed.status).toBe(429);
    expect(errorOf(slowed).code).toBe("too_many_sign_in_attempts");
    expect(await admins()).toEqual([]);
  });

  it("401: is for somebody who is signed in", async () => {
    const answer = await call("POST", "/api/auth/setup", { body: { setup_token: await openToken() } });
    expect(answer.status).toBe(401);
    expect(await admins()).toEqual([]);
  });
});

describe("a fresh installation", () => {
  it("SEC-05: has no account at all, and refuses the credentials that are tried first everywhere", async () => {
    const fresh = await createTestDatabase();
    const installation = await createAccountServer(fresh.database, { config: { signInFailuresPerAddress: 1000 } });
    const names = ["admin", "administrator", "root", "user", "test", "demo", "guest", "postgres", "llm-tuner"];
    const passwords = ["admin", "password", "changeme", "123456", "letmein1", "llm-tuner", "llmtuner"];
    const hosts = ["example.com", "localhost.localdomain", "llm-tuner.local"];
    const attempts = names.flatMap((name, index) =>
      passwords.map((password) => ({ email: `${name}@${hosts[index % hosts.length] ?? ""}`, password })),
    );
    const statuses = new Set<number>();
    for (const body of attempts) statuses.add((await installation.call("POST", "/api/auth/login", { body })).status);
    // Also the limit on one account answers in the end; nobody gets in.
    expect([...statuses].filter((status) => status !== 401 && status !== 429)).toEqual([]);
    expect(await fresh.database.rows(z.object({ id: z.string() }), "select id from users")).toEqual([]);
    await installation.close();
    await fresh.drop();
  });
});
