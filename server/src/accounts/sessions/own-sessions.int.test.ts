import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { Session } from "@llm-tuner/contract/sessions.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { tokenIn } from "../testing/mailed-tokens.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database);
/** A second process on the same database. */
const other = await createAccountServer(database, { masterKey: server.masterKey, clock: server.clock });
afterAll(async () => {
  await server.close();
  await other.close();
  await drop();
});
const { call, clock, signUp } = server;

const minuteMs = 60_000;
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const signIn = async (email: string, headers: Record<string, string> = {}) =>
  Tokens.parse((await call("POST", "/api/auth/login", { body: { email, password: goodPassword }, headers })).json);
const listOf = async (token: string) =>
  z.object({ sessions: z.array(Session) }).parse((await call("GET", "/api/auth/sessions", { token })).json).sessions;
const currentOf = async (token: string) => (await listOf(token)).find(({ current }) => current)?.id ?? "";
const statusOf = async (token: string, at = server) => (await at.call("GET", "/api/auth/me", { token })).status;
const codeOf = ({ json }: { json: unknown }) => ApiError.parse(json).error.code;
const actionsOf = (target: string) =>
  database.rows(z.object({ action: z.string() }), "select action from audit_events where target_id = $1", [target]);

describe("GET /api/auth/sessions", () => {
  it("lists a person's own open sessions, last used first, and says which is this one", async () => {
    const { email, access_token: token } = await signUp();
    await signUp();
    clock.advance(minuteMs);
    const second = await signIn(email, { "user-agent": firefox });
    const sessions = await listOf(token);
    expect(sessions).toMatchObject([
      { device: "Firefox on Linux", user_agent: firefox, address: "127.0.0.1", current: false },
      { device: "Node.js", current: true },
    ]);
    expect(await currentOf(second.access_token)).toBe(sessions[0]?.id);
  });

  it("SEC-08: holds no token and nothing that a token is made of", async () => {
    const { access_token: token, refresh_token: refreshToken } = await signUp();
    const { text, json } = await call("GET", "/api/auth/sessions", { token });
    const names = z
      .object({ sessions: z.array(z.record(z.string(), z.unknown())) })
      .parse(json)
      .sessions.flatMap(Object.keys);
    expect(names.filter((name) => /token|secret|key|mac|hash|counter|password/i.test(name))).toEqual([]);
    for (const secret of [token, refreshToken, token.split(".")[2] ?? "?", refreshToken.slice(-43)]) {
      expect(text).not.toContain(secret);
    }
    // Nothing but its own id is long enough to be a key.
    const id = await currentOf(token);
    expect(text.replaceAll(id, "").match(/[0-9A-Za-z_-]{30,}/g) ?? []).toEqual([]);
  });
});

describe("DELETE /api/auth/sessions/{id}", () => {
  it("SEC-08: ends another session of the same person, at once, in every process", async () => {
    const { email, access_token: token } = await signUp();
    const lost = await signIn(email);
    expect(await statusOf(lost.access_token, other)).toBe(200);
    const id = await currentOf(lost.access_token);
    expect((await call("DELETE", `/api/auth/sessions/${id}`, { token })).status).toBe(200);
    expect(await statusOf(lost.access_token)).toBe(401);
    await expect.poll(() => statusOf(lost.access_token, other)).toBe(401);
    expect(await statusOf(token)).toBe(200);
    expect(await actionsOf(id)).toContainEqual({ action: "session.revoked" });
    expect(codeOf(await call("DELETE", `/api/auth/sessions/${id}`, { token }))).toBe("session_not_found");
  });

  it("SEC-08: asks for a recent sign-in, but not to end the session of the call itself", async () => {
    const { email, access_token: token } = await signUp();
    const another = await signIn(email);
    const anotherId = await currentOf(another.access_token);
    clock.advance(14 * minuteMs);
    const mine = await currentOf(token);
    clock.advance(minuteMs);
    const refused = await call("DELETE", `/api/auth/sessions/${anotherId}`, { token });
    expect(refused.status).toBe(403);
    expect(codeOf(refused)).toBe("reauthentication_required");
    expect(await statusOf(another.access_token)).toBe(200);
    expect((await call("DELETE", `/api/auth/sessions/${mine}`, { token })).status).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expect(await actionsOf(mine)).toContainEqual({ action: "account.signed_out" });
  });

  it("404: answers for somebody else's session as for one that does not exist, and leaves it alone", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const adas = await currentOf(ada.access_token);
    for (const id of [adas, "sess_0000000000000000000000"]) {
      const answer = await call("DELETE", `/api/auth/sessions/${id}`, { token: bob.access_token });
      expect(answer.status).toBe(404);
      expect(codeOf(answer)).toBe("session_not_found");
    }
    expect(await statusOf(ada.access_token)).toBe(200);
  });
});

describe("DELETE /api/auth/sessions", () => {
  it("SEC-08: ends all but this one, with a recent sign-in only", async () => {
    const { email, access_token: token, user } = await signUp();
    const others = [await signIn(email), await signIn(email)];
    clock.advance(16 * minuteMs);
    expect(codeOf(await call("DELETE", "/api/auth/sessions", { token }))).toBe("reauthentication_required");
    await call("POST", "/api/auth/reauthenticate", { token, body: { password: goodPassword } });
    expect((await call("DELETE", "/api/auth/sessions", { token })).json).toEqual({ revoked: 2 });
    for (const { access_token: ended } of others) expect(await statusOf(ended)).toBe(401);
    expect(await listOf(token)).toHaveLength(1);
    expect(await actionsOf(user.id)).toContainEqual({ action: "session.revoked" });
  });
});

describe("POST /api/auth/reauthenticate", () => {
  it("makes this session recent again for 15 minutes, and no other", async () => {
    const { email, access_token: token } = await signUp();
    const second = await signIn(email);
    clock.advance(20 * minuteMs);
    const [id, secondId] = [await currentOf(token), await currentOf(second.access_token)];
    const answer = await call("POST", "/api/auth/reauthenticate", { token, body: { password: goodPassword } });
    expect(answer.json).toEqual({ recent_until: new Date(clock.now().getTime() + 15 * minuteMs).toISOString() });
    clock.advance(14 * minuteMs);
    await server.requireRecentSignIn(id);
    await expect(server.requireRecentSignIn(secondId)).rejects.toMatchObject({
      status: 403,
      code: "reauthentication_required",
    });
    clock.advance(minuteMs);
    await expect(server.requireRecentSignIn(id)).rejects.toMatchObject({ code: "reauthentication_required" });
    await expect(server.requireRecentSignIn(null)).rejects.toMatchObject({ code: "reauthentication_required" });
  });

  it("403: refuses a wrong password without ending the session, and slows guessing down like a sign-in", async () => {
    const { access_token: token, user } = await signUp();
    const guess = () => call("POST", "/api/auth/reauthenticate", { token, body: { password: "wrong horse battery" } });
    const first = await guess();
    expect(first.status).toBe(403);
    expect(codeOf(first)).toBe("wrong_password");
    for (let attempt = 0; attempt < 5; attempt += 1) await guess();
    expect(codeOf(await guess())).toBe("too_many_sign_in_attempts");
    expect(await statusOf(token)).toBe(200);
    const failures = await database.rows(
      z.object({ action: z.string() }),
      "select action from audit_events where actor_user_id = $1 order by sequence",
      [user.id],
    );
    expect(failures.filter(({ action }) => action === "account.reauthentication_failed")).toHaveLength(6);
    expect(failures.at(-1)).toEqual({ action: "account.sign_in_refused" });
  });

  it("403: says to a person without a password to sign in with their provider", async () => {
    const { access_token: token, user } = await signUp();
    await database.execute("update users set password_hash = null, provider = 'google' where id = $1", [user.id]);
    const answer = await call("POST", "/api/auth/reauthenticate", { token, body: { password: goodPassword } });
    expect(answer.status).toBe(403);
    expect(ApiError.parse(answer.json).error).toMatchObject({
      code: "no_password",
      details: { remedy: "Sign in again with your provider." },
    });
  });
});

describe("a password reset by mail", () => {
  it("SEC-07: ends every session at once, in another process too", async () => {
    const { email, access_token: token, refresh_token } = await signUp();
    const second = await signIn(email);
    await server.deliverMails();
    await call("POST", "/api/auth/reset-password", { body: { email } });
    const link = tokenIn(await server.deliverMails(), "Choose a new password");
    expect(await statusOf(token, other)).toBe(200);
    const body = { token: link, new_password: "seven moons over the harbour" };
    expect((await call("POST", "/api/auth/reset-password-confirm", { body })).status).toBe(200);
    expect([await statusOf(token), await statusOf(second.access_token)]).toEqual([401, 401]);
    await expect.poll(() => statusOf(token, other)).toBe(401);
    expect((await other.call("POST", "/api/auth/refresh", { body: { refresh_token } })).status).toBe(401);
  });
});
