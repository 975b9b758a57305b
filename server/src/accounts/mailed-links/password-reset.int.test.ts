import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { codeOf, entriesOf, tokenIn } from "../testing/mailed-tokens.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database, { config: { mailRequestsPerAddress: 1000 } });
const { call, signUp, deliverMails, clock, masterKey } = server;
afterAll(async () => {
  await server.close();
  await drop();
});

const newPassword = "seven moons over Saturn";
const request = (email: string) => call("POST", "/api/auth/reset-password", { body: { email } });
const confirm = (token: string, password = newPassword) =>
  call("POST", "/api/auth/reset-password-confirm", { body: { token, new_password: password } });
const login = (email: string, password: string) => call("POST", "/api/auth/login", { body: { email, password } });
const newPerson = async () => {
  const person = await signUp();
  await deliverMails();
  return person;
};
const resetToken = async (email: string): Promise<string> => {
  await request(email);
  return tokenIn(await deliverMails(), "Choose a new password");
};

describe("a new password by mail", () => {
  it("holds from then on, ends every session and every link, and is told to the mailbox", async () => {
    const { email, user, access_token } = await newPerson();
    const token = await resetToken(email);
    expect(await confirm(token)).toMatchObject({ status: 200 });
    expect((await call("GET", "/api/auth/me", { token: access_token })).status).toBe(401);
    const statuses = [(await login(email, goodPassword)).status, (await login(email, newPassword)).status];
    expect(statuses).toEqual([401, 200]);
    expect((await deliverMails()).map(({ to, subject }) => ({ to, subject }))).toEqual([
      { to: email, subject: "Your password was changed" },
    ]);
    expect(await entriesOf(database, user.id)).toEqual(
      expect.arrayContaining(["account.password_reset_requested", "account.password_reset"]),
    );
    const revoked = await database.rows(
      z.object({ revoke_reason: z.string() }),
      "select revoke_reason from sessions where user_id = $1 and revoked_at is not null",
      [user.id],
    );
    expect(revoked).toEqual([{ revoke_reason: "password_reset" }]);
  });

  it("verifies the address, since the link was read there", async () => {
    const { email } = await newPerson();
    await confirm(await resetToken(email));
    expect((await login(email, newPassword)).json).toMatchObject({ user: { is_verified: true } });
  });

  it("lets a person in at once whom a stranger's guesses had slowed down", async () => {
    const { email } = await newPerson();
    for (let guess = 0; guess < 6; guess += 1) await login(email, "wrong horse battery");
    expect((await login(email, goodPassword)).status).toBe(429);
    await confirm(await resetToken(email));
    expect((await login(email, newPassword)).status).toBe(200);
  });

  it("is set once: of eight at the same moment one succeeds, and none later", async () => {
    const { email } = await newPerson();
    const token = await resetToken(email);
    const passwords = Array.from({ length: 8 }, (_, index) => `${newPassword} ${index}`);
    const answers = await Promise.all(passwords.map((password) => confirm(token, password)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map((answer) => `${answer.status} ${codeOf(answer)}`)).toEqual(Array(7).fill("400 invalid_link"));
    expect(codeOf(await confirm(token))).toBe("invalid_link");
    const winner = passwords[answers.findIndex(({ status }) => status === 200)] ?? "";
    expect((await login(email, winner)).status).toBe(200);
  });

  it("is refused when it is weak, without using the link up", async () => {
    const { email } = await newPerson();
    const token = await resetToken(email);
    const weak = await confirm(token, "password123");
    expect([weak.status, codeOf(weak)]).toEqual([400, "weak_password"]);
    expect(weak.json).toMatchObject({ error: { details: { places: [{ field: "new_password" }] } } });
    expect((await confirm(token)).status).toBe(200);
  });
});

describe("a link that does not hold", () => {
  it("an older one, once there is a newer", async () => {
    const { email } = await newPerson();
    const first = await resetToken(email);
    const second = await resetToken(email);
    expect(codeOf(await confirm(first))).toBe("invalid_link");
    expect((await confirm(second)).status).toBe(200);
  });

  it("one whose hour has passed", async () => {
    const { email } = await newPerson();
    const token = await resetToken(email);
    clock.advance(3_600_000);
    expect(codeOf(await confirm(token))).toBe("invalid_link");
  });

  it("one for something else", async () => {
    await signUp();
    const token = tokenIn(await deliverMails(), "Verify your e-mail address");
    expect(codeOf(await confirm(token))).toBe("invalid_link");
  });

  it("one to an address that the account no longer has, and one of a disabled account", async () => {
    const moved = await newPerson();
    const movedToken = await resetToken(moved.email);
    await database.execute("update users set email = $2 where id = $1", [moved.user.id, newEmail()]);
    expect(codeOf(await confirm(movedToken))).toBe("invalid_link");
    const disabled = await newPerson();
    const disabledToken = await resetToken(disabled.email);
    await database.execute("update users set disabled_at = now() where id = $1", [disabled.user.id]);
    expect(codeOf(await confirm(disabledToken))).toBe("invalid_link");
    expect(await deliverMails()).toEqual([]);
  });

  it.each(["", "AQ", "x".repeat(74), "x".repeat(301)])("nothing like %j", async (token) => {
    const answer = await confirm(token);
    expect([answer.status, ["invalid_link", "invalid_request"].includes(codeOf(answer))]).toEqual([400, true]);
  });
});

describe("who may ask for mails", () => {
  it("one mailbox gets three in an hour, and the answer stays the same", async () => {
    const { email } = await newPerson();
    const answers = [];
    const sent = [];
    for (let count = 0; count < 5; count += 1) {
      answers.push(await request(email));
      sent.push(...(await deliverMails()));
    }
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(sent.map(({ to }) => to)).toEqual([email, email, email]);
    // What was refused in silence has not ended the link of before.
    expect((await confirm(tokenIn(sent.slice(2), "Choose a new password"))).status).toBe(200);
  });

  it("a mail that waits when a newer one is asked for is not sent any more", async () => {
    const { email } = await newPerson();
    await request(email);
    await request(email);
    expect((await deliverMails()).map(({ to }) => to)).toEqual([email]);
  });

  it("one network asks a bounded number of times, and is told so", async () => {
    const bounded = await createAccountServer(database, { masterKey, config: { mailRequestsPerAddress: 2 } });
    await database.execute("delete from sign_in_attempts");
    const ask = () => bounded.call("POST", "/api/auth/reset-password", { body: { email: newEmail() } });
    const answers = [await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
    expect(Number(answers[2]?.headers.get("retry-after"))).toBeGreaterThan(3000);
    await bounded.close();
  });
});

describe("SEC-10", () => {
  beforeAll(() => database.execute("delete from sign_in_attempts"));

  it("SEC-10: no text of the database is the token of a mailed link", async () => {
    const { email } = await newPerson();
    const token = await resetToken(email);
    const tables = await database.rows(
      z.object({ name: z.string() }),
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')",
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      const rows = await database.rows(z.object({ row: z.string() }), `select t::text as row from ${name} t`);
      // The MAC is what cannot be guessed; in bytea columns it would stand in hexadecimal digits.
      const mac = Buffer.from(token, "base64url").subarray(23);
      for (const { row } of rows) {
        for (const form of [token, mac.toString("hex"), mac.toString("base64url")]) expect(row).not.toContain(form);
      }
    }
    expect((await confirm(token)).status).toBe(200);
  });
});
