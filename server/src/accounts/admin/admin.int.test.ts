import { AdminUser } from "@llm-tuner/contract/admin.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { newId } from "../../platform/ids.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { until } from "../../platform/testing/until.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database);
const other = await createAccountServer(database, { masterKey: server.masterKey, clock: server.clock });
afterAll(async () => {
  await server.close();
  await other.close();
  await drop();
});
const { call, clock, gate, signUp } = server;

const secondMs = 1000;
const hourMs = 3_600_000;
type Person = Awaited<ReturnType<typeof signUp>>;

/** By hand, as the owner of the database would: processes hear of it by the notice of the row's trigger. */
async function signUpAdmin(): Promise<Person> {
  const person = await signUp();
  await database.execute("update users set role = 'admin' where id = $1", [person.user.id]);
  await until(async () => (await listStatus(person.access_token)) === 200);
  return person;
}
const listStatus = async (token: string, at = server) => (await at.call("GET", "/api/admin/users", { token })).status;
const meStatus = async (token: string, at = server) => (await at.call("GET", "/api/auth/me", { token })).status;
const refreshStatus = async (refresh_token: string, at = server) =>
  (await at.call("POST", "/api/auth/refresh", { body: { refresh_token } })).status;
const errorOf = ({ json }: { json: unknown }) => ApiError.parse(json).error;
const UserList = z.object({ users: z.array(AdminUser), next_cursor: z.string().nullable() });

const admin = await signUpAdmin();
const asAdmin = (method: string, path: string, body?: unknown) =>
  call(method, `/api/admin${path}`, { token: admin.access_token, ...(body === undefined ? {} : { body }) });
const update = (id: string, body: unknown) => asAdmin("PATCH", `/users/${id}`, body);
const listed = async (query: string) => UserList.parse((await asAdmin("GET", `/users?${query}`)).json);
const eventsOf = (id: string) =>
  database.rows(
    z.object({ action: z.string(), actor_kind: z.string(), actor_user_id: z.string(), details: z.string() }),
    "select action, actor_kind, actor_user_id, details from audit_events where target_id = $1 and action like 'admin.%' order by sequence",
    [id],
  );
const byAdmin = { actor_kind: "admin", actor_user_id: admin.user.id };

describe("GET /api/admin/users", () => {
  it("finds people by a part of address or name, by role, tier and state, newest first", async () => {
    clock.advance(secondMs);
    const ada = await signUp("ada.finds@example.org");
    clock.advance(secondMs);
    const bob = await signUp("bob.finds@example.org");
    await database.execute("update users set full_name = 'Bob % Finds', tier = 'team-large' where id = $1", [
      bob.user.id,
    ]);
    await database.execute("update users set disabled_at = $2 where id = $1", [ada.user.id, clock.now()]);
    const idsOf = async (query: string) => (await listed(query)).users.map(({ id }) => id);
    expect(await idsOf("search=FINDS")).toEqual([bob.user.id, ada.user.id]);
    expect(await idsOf("search=finds&status=active")).toEqual([bob.user.id]);
    expect(await idsOf("search=finds&status=disabled")).toEqual([ada.user.id]);
    expect(await idsOf("search=finds&tier=team-large")).toEqual([bob.user.id]);
    expect(await idsOf("search=finds&role=admin")).toEqual([]);
    expect(await idsOf("role=admin")).toContain(admin.user.id);
    // Characters that a pattern would give a meaning to mean themselves.
    expect(await idsOf("search=%25%20f")).toEqual([bob.user.id]);
    expect(await idsOf("search=a_a")).toEqual([]);
  });

  it("pages through everybody once", async () => {
    const ids: string[] = [];
    let query = "limit=2";
    for (;;) {
      const page = await listed(query);
      ids.push(...page.users.map(({ id }) => id));
      if (page.next_cursor === null) break;
      query = `limit=2&cursor=${page.next_cursor}`;
    }
    const all = await database.rows(z.object({ id: z.string() }), "select id from users");
    expect(ids.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect((await asAdmin("GET", "/users?cursor=nonsense")).status).toBe(400);
  });

  it("tells of each how many sessions are open, and nothing secret", async () => {
    const { email, user } = await signUp();
    await call("POST", "/api/auth/login", { body: { email, password: goodPassword } });
    const answer = await asAdmin("GET", `/users/${user.id}`);
    expect(AdminUser.parse(answer.json)).toEqual({
      ...user,
      open_sessions: 2,
      disabled_at: null,
      has_password: true,
      last_login: expect.any(String),
    });
    expect(answer.text).not.toContain("argon2");
    clock.advance(8 * 24 * hourMs);
    const later = await server.administration.get(user.id);
    expect(later.open_sessions).toBe(0);
    clock.advance(-8 * 24 * hourMs);
  });

  it("404: does not know an id, nor an account that its owner closed", async () => {
    const { user } = await signUp();
    await database.execute("update users set disabled_at = now(), closed_at = now() where id = $1", [user.id]);
    for (const id of [newId("user"), user.id]) {
      expect(errorOf(await asAdmin("GET", `/users/${id}`)).code).toBe("user_not_found");
      expect((await update(id, { is_active: true })).status).toBe(404);
      expect((await asAdmin("DELETE", `/users/${id}/sessions`)).status).toBe(404);
    }
    expect((await listed(`search=${user.email}`)).users).toEqual([]);
  });

  it("401 and 403: is for administrators only, like everything here", async () => {
    const { access_token: token, user } = await signUp();
    const calls = [
      ["GET", "/users"],
      ["GET", `/users/${user.id}`],
      ["POST", "/users", { email: newEmail() }],
      ["PATCH", `/users/${user.id}`, { role: "admin" }],
      ["DELETE", `/users/${user.id}/sessions`],
    ] as const;
    for (const [method, path, body] of calls) {
      const [signedIn, nobody] = await Promise.all([
        call(method, `/api/admin${path}`, { token, body }),
        call(method, `/api/admin${path}`, { body }),
      ]);
      expect(signedIn.status, `${method} ${path}`).toBe(403);
      expect(nobody.status, `${method} ${path}`).toBe(401);
    }
    expect((await server.administration.get(user.id)).role).toBe("user");
  });
});

describe("PATCH /api/admin/users/{id}", () => {
  it("SEC-07: a disabled person's tokens are refused at once, in another process too, and for good", async () => {
    const { access_token: token, refresh_token: refreshToken, email, user } = await signUp();
    expect(await meStatus(token, other)).toBe(200);
    const disabled = AdminUser.parse((await update(user.id, { is_active: false })).json);
    expect(disabled).toMatchObject({ is_active: false, open_sessions: 0, disabled_at: clock.now().toISOString() });
    expect(await meStatus(token)).toBe(401);
    await expect.poll(() => meStatus(token, other)).toBe(401);
    expect(await refreshStatus(refreshToken, other)).toBe(401);
    const login = () => call("POST", "/api/auth/login", { body: { email, password: goodPassword } });
    expect(errorOf(await login()).code).toBe("account_disabled");
    // What API keys ask: however long ago it was, a disabled account does not work again.
    await database.execute("update users set disabled_at = now() - interval '30 days' where id = $1", [user.id]);
    gate.accessChanged();
    expect(await gate.standingOf(user.id)).toMatchObject({ isActive: false });

    expect(AdminUser.parse((await update(user.id, { is_active: true })).json).is_active).toBe(true);
    expect((await login()).status).toBe(200);
    // The sessions of before stay ended.
    expect(await meStatus(token)).toBe(401);
    expect((await eventsOf(user.id)).map(({ action }) => action)).toEqual([
      "admin.user_disabled",
      "admin.user_enabled",
    ]);
  });

  it("SEC-07: a change of role bites on tokens that were issued before, in another process too", async () => {
    const { access_token: token, user } = await signUp();
    expect(await listStatus(token)).toBe(403);
    await update(user.id, { role: "admin" });
    expect(await listStatus(token)).toBe(200);
    await expect.poll(() => listStatus(token, other)).toBe(200);
    await update(user.id, { role: "user" });
    expect(await listStatus(token)).toBe(403);
    await expect.poll(() => listStatus(token, other)).toBe(403);
    expect(await eventsOf(user.id)).toMatchObject([
      { ...byAdmin, action: "admin.user_changed", details: '{"role_before":"user","role_after":"admin"}' },
      { ...byAdmin, action: "admin.user_changed", details: '{"role_before":"admin","role_after":"user"}' },
    ]);
  });

  it("SEC-07: a change of tier counts from the next call on, in another process too", async () => {
    const { access_token: token, user } = await signUp();
    await update(user.id, { tier: "team-large" });
    expect((await gate.authenticate(token)).tier).toBe("team-large");
    await expect.poll(async () => (await other.gate.authenticate(token)).tier).toBe("team-large");
    expect((await call("GET", "/api/auth/me", { token })).json).toMatchObject({ tier: "team-large" });
    expect(await eventsOf(user.id)).toMatchObject([
      { action: "admin.user_changed", details: '{"tier_before":"standard","tier_after":"team-large"}' },
    ]);
  });

  it("records nothing and ends nothing when nothing changes", async () => {
    const { access_token: token, user } = await signUp();
    await update(user.id, { role: "user", tier: "standard", is_active: true });
    expect(await eventsOf(user.id)).toEqual([]);
    expect(await meStatus(token)).toBe(200);
  });

  it.each([
    [{}, "invalid_request"],
    [{ tier: "nobody-made-it" }, "unknown_tier"],
    [{ tier: "Team Large" }, "invalid_request"],
    [{ role: "owner" }, "invalid_request"],
    [{ email: "other@example.org" }, "invalid_request"],
  ])("400: %j", async (body, code) => {
    const { user } = await signUp();
    const answer = await update(user.id, body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe(code);
  });

  it("409: nobody disables themselves", async () => {
    const answer = await update(admin.user.id, { is_active: false });
    expect(answer.status).toBe(409);
    expect(errorOf(answer).code).toBe("cannot_disable_yourself");
    expect(await listStatus(admin.access_token)).toBe(200);
  });

  it("409: the last administrator who can sign in stays one, whoever else was one once", async () => {
    const { user: former } = await signUpAdmin();
    await update(former.id, { is_active: false });
    const answer = await update(admin.user.id, { role: "user" });
    expect(answer.status).toBe(409);
    expect(errorOf(answer).code).toBe("last_admin");
    // A change that keeps the role is no matter of it.
    expect((await update(admin.user.id, { tier: "standard", role: "admin" })).status).toBe(200);
    // Nor is a disabled administrator who becomes a person like others.
    expect((await update(former.id, { role: "user" })).status).toBe(200);
  });

  it("409: of two administrators who demote each other at once, in two processes, one remains", async () => {
    const second = await signUpAdmin();
    await expect.poll(() => listStatus(second.access_token, other)).toBe(200);
    const answers = await Promise.all([
      update(second.user.id, { role: "user" }),
      other.call("PATCH", `/api/admin/users/${admin.user.id}`, { token: second.access_token, body: { role: "user" } }),
    ]);
    expect(answers.map(({ status }) => status)).toContain(200);
    const left = await database.rows(
      z.object({ id: z.string() }),
      "select id from users where role = 'admin' and disabled_at is null",
    );
    expect(left).toHaveLength(1);
    await database.execute("update users set role = 'admin' where id = $1", [admin.user.id]);
    await expect.poll(() => listStatus(admin.access_token)).toBe(200);
  });
});

describe("DELETE /api/admin/users/{id}/sessions", () => {
  it("SEC-07: ends all sessions of a person, in another process too, and nobody else's", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    await call("POST", "/api/auth/login", { body: { email: ada.email, password: goodPassword } });
    expect(await meStatus(ada.access_token, other)).toBe(200);
    expect((await asAdmin("DELETE", `/users/${ada.user.id}/sessions`)).json).toEqual({ revoked: 2 });
    expect(await meStatus(ada.access_token)).toBe(401);
    await expect.poll(() => meStatus(ada.access_token, other)).toBe(401);
    expect(await meStatus(bob.access_token)).toBe(200);
    expect(await eventsOf(ada.user.id)).toMatchObject([
      { ...byAdmin, action: "admin.user_signed_out", details: '{"sessions_ended":2}' },
    ]);
  });
});

describe("POST /api/admin/users", () => {
  it("creates an account without a password, which nobody can sign in to, and mails an invitation", async () => {
    const email = newEmail();
    const answer = await asAdmin("POST", "/users", {
      email: email.toUpperCase(),
      full_name: "Ada",
      tier: "team-large",
    });
    expect(answer.status).toBe(201);
    const invited = AdminUser.parse(answer.json);
    expect(invited).toMatchObject({
      email,
      full_name: "Ada",
      role: "user",
      tier: "team-large",
      has_password: false,
      is_verified: false,
      last_login: null,
      open_sessions: 0,
    });
    const mails = await database.rows(
      z.object({ purpose: z.string(), email: z.string() }),
      "select purpose, email from account_mails where user_id = $1",
      [invited.id],
    );
    expect(mails).toEqual([{ purpose: "invitation", email }]);
    for (const password of [goodPassword, "null", "undefined"]) {
      expect((await call("POST", "/api/auth/login", { body: { email, password } })).status).toBe(401);
    }
    expect(await eventsOf(invited.id)).toMatchObject([
      { ...byAdmin, action: "admin.user_invited", details: '{"role":"user","tier":"team-large"}' },
    ]);
  });

  it("409: the address is taken, also by one of many invitations at once", async () => {
    const { email } = await signUp();
    expect(errorOf(await asAdmin("POST", "/users", { email })).code).toBe("email_taken");
    const fresh = newEmail();
    const answers = await Promise.all(Array.from({ length: 5 }, () => asAdmin("POST", "/users", { email: fresh })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409]);
  });

  it("400: the tier must exist", async () => {
    expect(errorOf(await asAdmin("POST", "/users", { email: newEmail(), tier: "nobody-made-it" })).code).toBe(
      "unknown_tier",
    );
  });
});
