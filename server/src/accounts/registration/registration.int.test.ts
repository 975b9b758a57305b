import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { codeOf, entriesOf, tokenIn } from "../testing/mailed-tokens.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database, {
  config: { emailVerification: "required", registrationsPerAddress: 1000, mailRequestsPerAddress: 1000 },
});
const { call, deliverMails, masterKey } = server;
afterAll(async () => {
  await server.close();
  await drop();
});

const strangersPassword = "the stranger's long password";
const register = (email: string, password = goodPassword) =>
  call("POST", "/api/auth/register", { body: { email, password, full_name: "Ada" } });
const login = (email: string, password = goodPassword) =>
  call("POST", "/api/auth/login", { body: { email, password } });
const verify = (token: string) => call("POST", "/api/auth/verify-email", { body: { token } });
const subjects = async () => (await deliverMails()).map(({ subject }) => subject);
const userOf = async (email: string) =>
  database.row(
    z.object({ id: z.string(), password_hash: z.string().nullable(), last_login_at: z.date().nullable() }),
    "select id, password_hash, last_login_at from users where email = $1",
    [email],
  );
const registerAndVerify = async (email = newEmail()) => {
  await register(email);
  await verify(tokenIn(await deliverMails(), "Verify your e-mail address"));
  return email;
};

describe("registering where addresses must be verified", () => {
  it("opens no session before the link is used; then the password of this registration signs in", async () => {
    const email = newEmail();
    const answer = await register(email);
    expect([answer.status, answer.json]).toEqual([
      202,
      { message: "A mail is on its way to you: open the link in it." },
    ]);
    const sent = await deliverMails();
    expect((await userOf(email))?.last_login_at).toBeNull();
    const sessions = await database.rows(
      z.object({}),
      "select from sessions s join users u on u.id = s.user_id where email = $1",
      [email],
    );
    expect(sessions).toEqual([]);
    expect((await verify(tokenIn(sent, "Verify your e-mail address"))).status).toBe(200);
    const signedIn = await login(email);
    expect(signedIn).toMatchObject({ status: 200, json: { user: { email, full_name: "Ada", is_verified: true } } });
    expect((await entriesOf(database, String((await userOf(email))?.id))).slice(0, 2)).toEqual([
      "account.registered",
      "account.email_verified",
    ]);
  });

  it("signing in before that is refused only after the right password, and mails a link anew", async () => {
    const email = newEmail();
    await register(email);
    const first = tokenIn(await deliverMails(), "Verify your e-mail address");
    expect(codeOf(await login(email, "wrong horse battery"))).toBe("invalid_credentials");
    expect(await subjects()).toEqual([]);
    const refused = await login(email);
    expect([refused.status, codeOf(refused)]).toEqual([403, "email_not_verified"]);
    const second = tokenIn(await deliverMails(), "Verify your e-mail address");
    expect(codeOf(await verify(first))).toBe("invalid_link");
    expect((await verify(second)).status).toBe(200);
    expect((await login(email)).status).toBe(200);
  });

  it("an address that has an account is told so in its mailbox, and nothing changes", async () => {
    const email = await registerAndVerify();
    const before = await userOf(email);
    expect((await register(email, strangersPassword)).status).toBe(202);
    expect(await subjects()).toEqual(["You have an account already"]);
    expect(await userOf(email)).toEqual(before);
    expect((await login(email)).status).toBe(200);
  });

  it("a stranger who registered the address before cannot keep a password", async () => {
    const email = newEmail();
    await register(email, strangersPassword);
    const strangersLink = tokenIn(await deliverMails(), "Verify your e-mail address");
    await register(email);
    // Nothing that the stranger began can be finished any more, also not by the owner of the mailbox by mistake.
    expect(codeOf(await verify(strangersLink))).toBe("invalid_link");
    expect(codeOf(await login(email, strangersPassword))).toBe("invalid_credentials");
    const token = tokenIn(await deliverMails(), "Choose a new password");
    const body = { token, new_password: goodPassword };
    expect((await call("POST", "/api/auth/reset-password-confirm", { body })).status).toBe(200);
    expect((await login(email)).status).toBe(200);
    expect(codeOf(await login(email, strangersPassword))).toBe("invalid_credentials");
  });

  it("nor can one who registers it after", async () => {
    const email = newEmail();
    await register(email);
    await deliverMails();
    await register(email, strangersPassword);
    const token = tokenIn(await deliverMails(), "Choose a new password");
    expect((await userOf(email))?.password_hash).toBeNull();
    const body = { token, new_password: goodPassword };
    expect((await call("POST", "/api/auth/reset-password-confirm", { body })).status).toBe(200);
    expect([(await login(email)).status, (await login(email, strangersPassword)).status]).toEqual([200, 401]);
  });

  it("many at once make one account", async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(email)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const users = await database.rows(z.object({}), "select from users where email = $1", [email]);
    expect(users).toHaveLength(1);
    await deliverMails();
  });

  it("a weak password is refused, whoever has the address", async () => {
    const email = await registerAndVerify();
    const answers = [await register(email, "password123"), await register(newEmail(), "password123")];
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(answers.map(() => [400, "weak_password"]));
  });
});

describe("an invitation", () => {
  it("lets its reader choose the first password within 7 days", async () => {
    const email = newEmail();
    const userId = "user_0000000000000000invited";
    await database.transaction(async (transaction) => {
      await transaction.execute("insert into users (id, email, created_at) values ($1, $2, now())", [userId, email]);
      await server.mails.inviteByMail(transaction, { userId, email });
    });
    const token = tokenIn(await deliverMails(), "You are invited to LLM Tuner");
    server.clock.advance(7 * 24 * 3_600_000 - 1);
    const body = { token, new_password: goodPassword };
    expect((await call("POST", "/api/auth/reset-password-confirm", { body })).status).toBe(200);
    expect(await login(email)).toMatchObject({ status: 200, json: { user: { is_verified: true } } });
  });
});

describe("where registration is closed", () => {
  it("nobody creates an account, and the answer knows no address", async () => {
    const closed = await createAccountServer(database, { masterKey, config: { registration: "closed" } });
    const taken = await registerAndVerify();
    const answers = await Promise.all(
      [taken, newEmail()].map((email) =>
        closed.call("POST", "/api/auth/register", { body: { email, password: goodPassword } }),
      ),
    );
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(
      answers.map(() => [403, "registration_closed"]),
    );
    await closed.close();
  });
});
