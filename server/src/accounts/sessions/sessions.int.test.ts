import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAuditFixture } from "../testing/audit-fixture.ts";
import { createAccountFixture, goodPassword, newOrigin } from "../testing/account-fixture.ts";
import { encodeRefreshToken, parseRefreshToken } from "./refresh-token.ts";
import { until } from "../../platform/testing/until.ts";

const { database, drop } = await createTestDatabase();
const fixture = createAccountFixture(database);
const { accounts, sessions, gate, register, clock, masterKey } = fixture;
afterAll(async () => {
  await gate.close();
  await drop();
});

const refused = { status: 401, code: "invalid_refresh_token" };
const secondMs = 1000;
const dayMs = 86_400_000;

const sessionRow = z.object({ counter: z.int(), revoke_reason: z.string().nullable() });
const readSession = (refreshToken: string) =>
  database.row(sessionRow, "select counter, revoke_reason from sessions where id = $1", [
    parseRefreshToken(refreshToken)?.sessionId,
  ]);

describe("refresh", () => {
  it("gives a new pair for the same person and session", async () => {
    const first = await register();
    const second = await accounts.refresh(first.refresh_token);
    expect(second.user).toEqual(first.user);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const [before, after] = await Promise.all(
      [first, second].map(({ access_token }) => gate.authenticate(access_token)),
    );
    expect(after).toEqual(before);
  });

  it("SEC-06: gives 30 parallel refreshes of one token one and the same successor", async () => {
    const { refresh_token } = await register();
    const answers = await Promise.all(Array.from({ length: 30 }, () => accounts.refresh(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(await readSession(refresh_token)).toEqual({ counter: 1, revoke_reason: null });
  });

  it("gives the same successor again 8 seconds later (two tabs, a lost reply)", async () => {
    const { refresh_token } = await register();
    const first = await accounts.refresh(refresh_token);
    clock.advance(8 * secondMs);
    const again = await accounts.refresh(refresh_token);
    expect(again.refresh_token).toBe(first.refresh_token);
    await accounts.refresh(again.refresh_token);
  });

  it("SEC-06: revokes the whole session when a spent token comes 11 seconds later", async () => {
    const { refresh_token } = await register();
    const successor = await accounts.refresh(refresh_token);
    clock.advance(11 * secondMs);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toEqual({ counter: 1, revoke_reason: "reuse_detected" });
    await expect(accounts.refresh(successor.refresh_token)).rejects.toMatchObject(refused);
    await expect(gate.authenticate(successor.access_token)).rejects.toMatchObject({ status: 401 });
  });

  it("SEC-06: revokes the session when a token two generations old comes, even at once", async () => {
    const { refresh_token } = await register();
    const second = await accounts.refresh(refresh_token);
    await accounts.refresh(second.refresh_token);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toMatchObject({ revoke_reason: "reuse_detected" });
  });

  it("SEC-06: ends with the session, 7 days after signing in, however often it was refreshed", async () => {
    let { refresh_token } = await register();
    for (let day = 0; day < 6; day += 1) {
      clock.advance(dayMs);
      ({ refresh_token } = await accounts.refresh(refresh_token));
    }
    clock.advance(dayMs - 60 * secondMs);
    const last = await accounts.refresh(refresh_token);
    // The last access token ends with the session too.
    expect(last.expires_in).toBe(60);
    clock.advance(60 * secondMs);
    await expect(accounts.refresh(last.refresh_token)).rejects.toMatchObject(refused);
    await expect(gate.authenticate(last.access_token)).rejects.toMatchObject({ code: "access_token_expired" });
  });

  it("SEC-06: refuses forged, cut and foreign tokens alike and leaves the session alone", async () => {
    const { refresh_token, access_token } = await register();
    const claims = parseRefreshToken(refresh_token) ?? { sessionId: "", counter: 0 };
    const forgeries = [
      encodeRefreshToken(claims, randomBytes(32)),
      encodeRefreshToken({ ...claims, counter: 5 }, randomBytes(32)),
      refresh_token.slice(0, 40),
      `${refresh_token}x`,
      access_token,
      "",
    ];
    for (const forgery of forgeries) await expect(accounts.refresh(forgery)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toEqual({ counter: 0, revoke_reason: null });
    await accounts.refresh(refresh_token);
  });

  it("refuses a token that is ahead of its row (an older database was brought back) without calling it theft", async () => {
    const { refresh_token } = await register();
    const second = await accounts.refresh(refresh_token);
    await database.execute("update sessions set counter = 0 where id = $1", [
      parseRefreshToken(refresh_token)?.sessionId,
    ]);
    await expect(accounts.refresh(second.refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toEqual({ counter: 0, revoke_reason: null });
  });

  it("stops for a disabled person", async () => {
    const { refresh_token, user } = await register();
    await database.execute("update users set disabled_at = now() where id = $1", [user.id]);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
  });

  it("works in a second process with the same master key", async () => {
    const { refresh_token } = await register();
    const other = createAccountFixture(database, { masterKey, clock });
    const successor = await other.accounts.refresh(refresh_token);
    expect((await accounts.refresh(successor.refresh_token)).user).toEqual(successor.user);
    await other.gate.close();
  });

  it("cannot be rebuilt from what the database holds", async () => {
    const { refresh_token } = await register();
    const row = await database.row(
      z.object({ mac_key: z.instanceof(Uint8Array), row: z.string() }),
      "select mac_key, sessions::text as row from sessions where id = $1",
      [parseRefreshToken(refresh_token)?.sessionId],
    );
    expect(row?.row).not.toContain(refresh_token);
    const claims = parseRefreshToken(refresh_token) ?? { sessionId: "", counter: 0 };
    expect(encodeRefreshToken(claims, row?.mac_key ?? new Uint8Array(0))).not.toBe(refresh_token);
  });
});

describe("refresh over time and processes", () => {
  it("SEC-06: races of 30 in two processes have one successor, and the row does not multiply", async () => {
    const second = createAccountFixture(database, { masterKey, clock });
    const { refresh_token, user } = await register();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? fixture : second).accounts.refresh(refresh_token)),
    );
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    const rows = await database.rows(z.object({ id: z.string() }), "select id from sessions where user_id = $1", [
      user.id,
    ]);
    expect(rows).toHaveLength(1);
    await second.gate.close();
  });

  it("SEC-06: on the eighth day nothing of a session holds, in use or not", async () => {
    const [used, unused] = [await register(), await register()];
    clock.advance(4 * dayMs);
    const later = await accounts.refresh(used.refresh_token);
    clock.advance(4 * dayMs);
    for (const token of [used.refresh_token, later.refresh_token, unused.refresh_token]) {
      await expect(accounts.refresh(token)).rejects.toMatchObject(refused);
    }
    for (const token of [later.access_token, unused.access_token]) {
      await expect(gate.authenticate(token)).rejects.toMatchObject({ status: 401 });
    }
    // Time ended them: nobody is accused of theft.
    expect(await readSession(used.refresh_token)).toMatchObject({ revoke_reason: null });
  });

  it("SEC-06: a theft that is noticed bites in the other process as well", async () => {
    const second = createAccountFixture(database, { masterKey, clock });
    const { refresh_token } = await register();
    const thief = await second.accounts.refresh(refresh_token);
    await second.gate.authenticate(thief.access_token);
    clock.advance(11 * secondMs);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    await expect.poll(() => second.gate.authenticate(thief.access_token).then(String, () => "refused")).toBe("refused");
    await second.gate.close();
  });

  it("records reuse and every use of the grace, and whose session it was", async () => {
    const { refresh_token, user } = await register();
    const sessionId = parseRefreshToken(refresh_token)?.sessionId;
    await accounts.refresh(refresh_token);
    await accounts.refresh(refresh_token);
    clock.advance(11 * secondMs);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    const events = await database.rows(
      z.object({ action: z.string(), actor_user_id: z.string().nullable(), details: z.string() }),
      "select action, actor_user_id, details from audit_events where target_id = $1 order by sequence",
      [sessionId],
    );
    expect(events).toEqual([
      { action: "account.refreshed_in_grace", actor_user_id: user.id, details: "{}" },
      { action: "account.token_reused", actor_user_id: null, details: JSON.stringify({ user: user.id }) },
    ]);
  });
});

/** Resolves when a statement of the database waits for a lock of another. */
const untilSomethingWaits = () =>
  until(async () => {
    const waiting = await database.row(
      z.object({ count: z.coerce.number() }),
      "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return (waiting?.count ?? 0) > 0;
  });

describe("signing in while the account changes", () => {
  it.each([
    ["is disabled", "disabled_at = now()", "account_disabled"],
    ["gets another password", "password_hash = '$2b$12$n79VH.0Q2TMWmt3Oqt9uku'", "invalid_credentials"],
  ])("SEC-07: opens no session when the account %s after the password was proved", async (_what, change, code) => {
    const { email, user } = await register();
    const login = await database.transaction(async (transaction) => {
      await transaction.execute("select 1 from users where id = $1 for update", [user.id]);
      const attempt = accounts.login({ email, password: goodPassword }, newOrigin()).then(
        () => "signed in",
        (error: unknown) => error,
      );
      await untilSomethingWaits();
      await transaction.execute(`update users set ${change} where id = $1`, [user.id]);
      return { attempt };
    });
    expect(await login.attempt).toMatchObject({ code });
    const open = await database.rows(z.object({ id: z.string() }), "select id from sessions where user_id = $1", [
      user.id,
    ]);
    expect(open).toHaveLength(1);
  });
});

describe("logout", () => {
  it("SEC-07: bites on the access token in another process too", async () => {
    const second = createAccountFixture(database, { masterKey, clock });
    const { access_token, refresh_token } = await register();
    const { sessionId } = await second.gate.authenticate(access_token);
    await sessions.logout(sessionId ?? "");
    await expect.poll(() => second.gate.authenticate(access_token).then(String, () => "refused")).toBe("refused");
    await expect(second.accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    await second.gate.close();
  });

  it("SEC-07: ends this session at once and no other", async () => {
    const first = await register();
    const second = await accounts.login({ email: first.email, password: goodPassword }, newOrigin());
    const { sessionId } = await gate.authenticate(first.access_token);
    await sessions.logout(sessionId ?? "");
    await expect(gate.authenticate(first.access_token)).rejects.toMatchObject({
      status: 401,
      code: "invalid_access_token",
    });
    await expect(accounts.refresh(first.refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(first.refresh_token)).toMatchObject({ revoke_reason: "logout" });
    await gate.authenticate(second.access_token);
    await accounts.refresh(second.refresh_token);
  });
});

describe("sessions of a person", () => {
  it("are bounded: one more ends the one that was unused for longest", async () => {
    const small = createAccountFixture(database, { masterKey, clock, config: { sessionsPerUser: 2 } });
    const first = await small.register();
    const signIn = () => {
      clock.advance(secondMs);
      return small.accounts.login({ email: first.email, password: goodPassword }, newOrigin());
    };
    const second = await signIn();
    clock.advance(secondMs);
    const used = await small.accounts.refresh(first.refresh_token);
    const third = await signIn();
    await expect(small.accounts.refresh(second.refresh_token)).rejects.toMatchObject(refused);
    await small.accounts.refresh(used.refresh_token);
    await small.accounts.refresh(third.refresh_token);
    const ended = parseRefreshToken(second.refresh_token)?.sessionId;
    expect(await createAuditFixture(database).entries()).toContain(`session.revoked ${ended}`);
    await small.gate.close();
  });

  it("are removed 30 days after their end, not before", async () => {
    const { refresh_token } = await register();
    clock.advance(36 * dayMs);
    await sessions.deleteEnded();
    expect(await readSession(refresh_token)).toBeDefined();
    clock.advance(2 * dayMs);
    await sessions.deleteEnded();
    expect(await readSession(refresh_token)).toBeUndefined();
  });
});
