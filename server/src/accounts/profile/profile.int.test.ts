import { Tokens, User } from "@llm-tuner/contract/accounts.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database);
const other = await createAccountServer(database, { masterKey: server.masterKey, clock: server.clock });
afterAll(async () => {
  await server.close();
  await other.close();
  await drop();
});
const { call, clock, held, signUp } = server;

const newPassword = "seven moons over the harbour";
const minuteMs = 60_000;
const change = (token: string, body: unknown) => call("PATCH", "/api/auth/me", { token, body });
const login = (email: string, password: string) => call("POST", "/api/auth/login", { body: { email, password } });
const signIn = async (email: string, password = goodPassword) => Tokens.parse((await login(email, password)).json);
const statusOf = async (token: string, at = server) => (await at.call("GET", "/api/auth/me", { token })).status;
const errorOf = ({ json }: { json: unknown }) => ApiError.parse(json).error;
const actionsOf = async (userId: string) =>
  (
    await database.rows(
      z.object({ action: z.string() }),
      "select action from audit_events where target_id = $1 order by sequence",
      [userId],
    )
  ).map(({ action }) => action);

describe("PATCH /api/auth/me: the name", () => {
  it("is changed and taken away", async () => {
    const { access_token: token, user } = await signUp();
    expect(User.parse((await change(token, { full_name: " Ada Lovelace " })).json)).toEqual({
      ...user,
      full_name: "Ada Lovelace",
    });
    expect(User.parse((await change(token, { full_name: null })).json).full_name).toBeNull();
    expect(await actionsOf(user.id)).toContain("account.profile_changed");
  });

  it.each([
    {},
    { current_password: goodPassword },
    { full_name: "" },
    { full_name: "x".repeat(201) },
    { role: "admin" },
    { full_name: "Ada", email: "other@example.org" },
    { full_name: "Ada", tier: "team-large" },
    { full_name: "Ada", is_verified: true },
    { new_password: "short", current_password: goodPassword },
  ])("400: %j is refused", async (body) => {
    const { access_token: token, user } = await signUp();
    const answer = await change(token, body);
    expect(answer.status).toBe(400);
    expect((await call("GET", "/api/auth/me", { token })).json).toEqual(user);
  });
});

describe("PATCH /api/auth/me: the password", () => {
  it("SEC-09: asks for the present password, and the new one holds from then on", async () => {
    const { access_token: token, email, user } = await signUp();
    expect(errorOf(await change(token, { new_password: newPassword }))).toMatchObject({
      code: "current_password_required",
      details: { places: [{ field: "current_password" }] },
    });
    const wrong = await change(token, { new_password: newPassword, current_password: "wrong horse battery" });
    expect(wrong.status).toBe(403);
    expect(errorOf(wrong).code).toBe("wrong_password");
    expect((await login(email, goodPassword)).status).toBe(200);

    const changed = await change(token, { new_password: newPassword, current_password: goodPassword });
    expect(changed.status).toBe(200);
    expect((await login(email, goodPassword)).status).toBe(401);
    await signIn(email, newPassword);
    expect(await actionsOf(user.id)).toContain("account.password_changed");
  });

  it("SEC-07: ends all other sessions at once, in every process, and keeps the one of the call", async () => {
    const { access_token: token, email } = await signUp();
    const thief = await signIn(email);
    expect(await statusOf(thief.access_token, other)).toBe(200);
    await change(token, { new_password: newPassword, current_password: goodPassword });
    expect(await statusOf(thief.access_token)).toBe(401);
    await expect.poll(() => statusOf(thief.access_token, other)).toBe(401);
    const { refresh_token } = thief;
    expect((await other.call("POST", "/api/auth/refresh", { body: { refresh_token } })).status).toBe(401);
    expect(await statusOf(token)).toBe(200);
  });

  it("mails a notice to the owner of the account, who may not be the one who changed it", async () => {
    const { access_token: token, user } = await signUp();
    held.take("accounts.mail");
    await change(token, { new_password: newPassword, current_password: goodPassword });
    const purposes = await database.rows(
      z.object({ purpose: z.string() }),
      "select purpose from account_mails where user_id = $1",
      [user.id],
    );
    expect(purposes).toContainEqual({ purpose: "password_changed_notice" });
    expect(held.take("accounts.mail").length).toBeGreaterThan(0);
  });

  it.each(["password123", "llmtuner1"])("SEC-01: refuses %s as too easy to guess", async (password) => {
    const { access_token: token, email } = await signUp();
    const answer = await change(token, { new_password: password, current_password: goodPassword });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({
      code: "weak_password",
      details: { places: [{ field: "new_password" }] },
    });
    await signIn(email);
  });

  it("shares the limit of guesses with signing in", async () => {
    const { access_token: token } = await signUp();
    const guess = () => change(token, { new_password: newPassword, current_password: "wrong horse battery" });
    for (let attempt = 0; attempt < 6; attempt += 1) expect((await guess()).status).toBe(403);
    expect(errorOf(await guess()).code).toBe("too_many_sign_in_attempts");
  });

  it("SEC-09: is set by a person who has none only after a recent sign-in", async () => {
    const { access_token: token, email, user } = await signUp();
    await database.execute("update users set password_hash = null, provider = 'google' where id = $1", [user.id]);
    clock.advance(16 * minuteMs);
    const refused = await change(token, { new_password: newPassword });
    expect(refused.status).toBe(403);
    expect(errorOf(refused).code).toBe("reauthentication_required");
    clock.advance(-16 * minuteMs);
    expect((await change(token, { new_password: newPassword })).status).toBe(200);
    await signIn(email, newPassword);
  });

  it("gives one of two changes at once the word, and the other a clear answer", async () => {
    const { access_token: token, email } = await signUp();
    const passwords = [newPassword, "nine rivers under the bridge"];
    const answers = await Promise.all(
      passwords.map((password) => change(token, { new_password: password, current_password: goodPassword })),
    );
    // The later one may already meet the new password, or only when it writes.
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect([
      [200, 403],
      [200, 409],
    ]).toContainEqual(statuses);
    const winner = passwords[answers.findIndex(({ status }) => status === 200)] ?? "";
    await signIn(email, winner);
  });
});

describe("POST /api/auth/login", () => {
  it("SEC-09: gives a session of its own every time, also to somebody who is signed in", async () => {
    const { access_token: token, email } = await signUp();
    const again = await call("POST", "/api/auth/login", { body: { email, password: goodPassword }, token });
    const sessionOf = (text: string): unknown =>
      z.object({ sid: z.string() }).parse(JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()))
        .sid;
    expect(sessionOf(Tokens.parse(again.json).access_token)).not.toBe(sessionOf(token));
    expect(await statusOf(token)).toBe(200);
  });
});
