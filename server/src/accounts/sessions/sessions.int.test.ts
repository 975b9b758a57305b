import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture, goodPassword, newOrigin } from "../testing/account-fixture.ts";
import { encodeRefreshToken, parseRefreshToken } from "./refresh-token.ts";

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

  it("gives 30 parallel refreshes of one token one and the same successor", async () => {
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

  it("revokes the whole session when a spent token comes 11 seconds later", async () => {
    const { refresh_token } = await register();
    const successor = await accounts.refresh(refresh_token);
    clock.advance(11 * secondMs);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toEqual({ counter: 1, revoke_reason: "reuse_detected" });
    await expect(accounts.refresh(successor.refresh_token)).rejects.toMatchObject(refused);
    await expect(gate.authenticate(successor.access_token)).rejects.toMatchObject({ status: 401 });
  });

  it("revokes the session when a token two generations old comes, even at once", async () => {
    const { refresh_token } = await register();
    const second = await accounts.refresh(refresh_token);
    await accounts.refresh(second.refresh_token);
    await expect(accounts.refresh(refresh_token)).rejects.toMatchObject(refused);
    expect(await readSession(refresh_token)).toMatchObject({ revoke_reason: "reuse_detected" });
  });

  it("ends with the session, 7 days after signing in, however often it was refreshed", async () => {
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

  it("refuses forged, cut and foreign tokens alike and leaves the session alone", async () => {
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

describe("logout", () => {
  it("ends this session at once and no other", async () => {
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
