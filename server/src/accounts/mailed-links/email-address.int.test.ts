import { afterAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { codeOf, entriesOf, tokenIn } from "../testing/mailed-tokens.ts";

const { database, drop } = await createTestDatabase();
const server = await createAccountServer(database, {
  config: { mailRequestsPerAddress: 1000, registrationsPerAddress: 1000 },
});
const { call, signUp, deliverMails, clock } = server;
afterAll(async () => {
  await server.close();
  await drop();
});

const verify = (token: string) => call("POST", "/api/auth/verify-email", { body: { token } });
const resend = (token: string) => call("POST", "/api/auth/verify-email/resend", { token });
const change = (token: string, newAddress: string, currentPassword?: string) =>
  call("POST", "/api/auth/change-email", {
    token,
    body: {
      new_email: newAddress,
      ...(currentPassword === undefined ? {} : { current_password: currentPassword }),
    },
  });
const me = async (token: string) => (await call("GET", "/api/auth/me", { token })).json;
const newPerson = async () => {
  const person = await signUp();
  const token = tokenIn(await deliverMails(), "Verify your e-mail address");
  return { ...person, token };
};
const signInAgain = async (email: string) => {
  const answer = await call("POST", "/api/auth/login", { body: { email, password: goodPassword } });
  const { access_token: token } = Object(answer.json);
  return String(token);
};

describe("verifying an address", () => {
  it("is done by the link that registering mails, once", async () => {
    const { email, user, token, access_token } = await newPerson();
    expect(await me(access_token)).toMatchObject({ is_verified: false });
    expect((await verify(token)).json).toEqual({ message: "This address is verified.", email });
    expect(await me(access_token)).toMatchObject({ is_verified: true });
    expect(codeOf(await verify(token))).toBe("invalid_link");
    expect(await entriesOf(database, user.id)).toEqual(["account.registered", "account.email_verified"]);
  });

  it("succeeds for one of eight at the same moment", async () => {
    const { token } = await newPerson();
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(token)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array(7).fill(400)]);
  });

  it("is possible for a day", async () => {
    const { token } = await newPerson();
    clock.advance(24 * 3_600_000);
    expect(codeOf(await verify(token))).toBe("invalid_link");
  });

  it("may be asked for again; the newer link ends the older, and a verified person gets none", async () => {
    const { email, token, access_token } = await newPerson();
    expect((await resend(access_token)).status).toBe(202);
    const sent = await deliverMails();
    expect(sent.map(({ to }) => to)).toEqual([email]);
    expect(codeOf(await verify(token))).toBe("invalid_link");
    expect((await verify(tokenIn(sent, "Verify your e-mail address"))).status).toBe(200);
    expect((await resend(access_token)).status).toBe(202);
    expect(await deliverMails()).toEqual([]);
  });

  it("is asked for by the person alone", async () => {
    expect((await call("POST", "/api/auth/verify-email/resend")).status).toBe(401);
  });
});

describe("another address", () => {
  it("holds when its link is opened, and not before; both mailboxes are told", async () => {
    const { email, user, access_token } = await newPerson();
    const next = newEmail();
    expect((await change(access_token, next, goodPassword)).status).toBe(202);
    const sent = await deliverMails();
    expect(sent.map(({ to, subject }) => [to, subject])).toEqual([
      [next, "Verify your new e-mail address"],
      [email, "Another e-mail address was asked for"],
    ]);
    expect(await me(access_token)).toMatchObject({ email });
    expect((await verify(tokenIn(sent, "Verify your new e-mail address"))).json).toMatchObject({ email: next });
    expect(await me(access_token)).toMatchObject({ email: next, is_verified: true });
    expect((await deliverMails()).map(({ to, subject }) => [to, subject])).toEqual([
      [email, "Your e-mail address was changed"],
    ]);
    expect((await entriesOf(database, user.id)).slice(1)).toEqual([
      "account.email_change_requested",
      "account.email_changed",
    ]);
  });

  it("ends the other sessions and every link of before, and keeps the session that asked", async () => {
    const { email, access_token } = await newPerson();
    const other = await signInAgain(email);
    await call("POST", "/api/auth/reset-password", { body: { email } });
    const reset = tokenIn(await deliverMails(), "Choose a new password");
    await change(access_token, newEmail(), goodPassword);
    await verify(tokenIn(await deliverMails(), "Verify your new e-mail address"));
    const statuses = [access_token, other].map(async (token) => (await call("GET", "/api/auth/me", { token })).status);
    expect(await Promise.all(statuses)).toEqual([200, 401]);
    const body = { token: reset, new_password: "seven moons over Saturn" };
    expect(codeOf(await call("POST", "/api/auth/reset-password-confirm", { body }))).toBe("invalid_link");
  });

  it("SEC-09: asks for the password, and trying passwords there is slowed down like signing in", async () => {
    const { access_token } = await newPerson();
    const without = await change(access_token, newEmail());
    expect([without.status, codeOf(without)]).toEqual([400, "current_password_required"]);
    const wrong = await change(access_token, newEmail(), "wrong horse battery");
    expect([wrong.status, codeOf(wrong)]).toEqual([403, "wrong_password"]);
    expect(await deliverMails()).toEqual([]);
    // The network is known by now, so these attempts are counted apart from strangers'.
    let last = wrong;
    for (let guess = 0; guess < 8 && last.status !== 429; guess += 1)
      last = await change(access_token, newEmail(), "wrong horse battery");
    expect([last.status, codeOf(last)]).toEqual([429, "too_many_sign_in_attempts"]);
    expect(codeOf(await change(access_token, newEmail(), goodPassword))).toBe("too_many_sign_in_attempts");
  });

  it("SEC-09: an account without a password needs a recent sign-in instead", async () => {
    const { user, access_token } = await newPerson();
    await database.execute("update users set password_hash = null where id = $1", [user.id]);
    expect((await change(access_token, newEmail())).status).toBe(202);
    clock.advance(16 * 60_000);
    const late = await change(access_token, newEmail());
    expect([late.status, codeOf(late)]).toEqual([403, "reauthentication_required"]);
  });

  it("that one has already is none", async () => {
    const { email, access_token } = await newPerson();
    expect(codeOf(await change(access_token, email.toUpperCase(), goodPassword))).toBe("email_unchanged");
  });

  it("that is another's is told to its mailbox only", async () => {
    const holder = await newPerson();
    const { email, access_token } = await newPerson();
    const answers = [await change(access_token, newEmail(), goodPassword)];
    await deliverMails();
    answers.push(await change(access_token, holder.email, goodPassword));
    expect(answers[1]).toMatchObject({ status: 202, text: answers[0]?.text });
    expect((await deliverMails()).map(({ to, subject }) => [to, subject])).toEqual([
      [holder.email, "You have an account already"],
      [email, "Another e-mail address was asked for"],
    ]);
  });

  it("that somebody else took meanwhile is refused, and the account keeps its own", async () => {
    const { email, access_token } = await newPerson();
    const next = newEmail();
    await change(access_token, next, goodPassword);
    const token = tokenIn(await deliverMails(), "Verify your new e-mail address");
    await signUp(next);
    await deliverMails();
    expect(codeOf(await verify(token))).toBe("invalid_link");
    expect(await me(access_token)).toMatchObject({ email });
  });

  it("goes to one of two accounts that open their links at once", async () => {
    const next = newEmail();
    const people = [await newPerson(), await newPerson()];
    const tokens: string[] = [];
    for (const { access_token } of people) {
      await change(access_token, next, goodPassword);
      tokens.push(tokenIn(await deliverMails(), "Verify your new e-mail address"));
    }
    const answers = await Promise.all(tokens.map((token) => verify(token)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
  });

  it("that was asked for by a thief is stopped when its owner changes the password", async () => {
    const { email, access_token } = await newPerson();
    await change(access_token, newEmail(), goodPassword);
    const stolen = tokenIn(await deliverMails(), "Verify your new e-mail address");
    const body = { new_password: "seven moons over Saturn", current_password: goodPassword };
    expect((await call("PATCH", "/api/auth/me", { token: access_token, body })).status).toBe(200);
    expect(codeOf(await verify(stolen))).toBe("invalid_link");
    expect((await deliverMails()).map(({ to, subject }) => [to, subject])).toEqual([
      [email, "Your password was changed"],
    ]);
  });

  it("that was asked for by a thief is stopped by a new password", async () => {
    const { email, access_token } = await newPerson();
    await change(access_token, newEmail(), goodPassword);
    const stolen = tokenIn(await deliverMails(), "Verify your new e-mail address");
    await call("POST", "/api/auth/reset-password", { body: { email } });
    const token = tokenIn(await deliverMails(), "Choose a new password");
    const body = { token, new_password: "seven moons over Saturn" };
    expect((await call("POST", "/api/auth/reset-password-confirm", { body })).status).toBe(200);
    expect(codeOf(await verify(stolen))).toBe("invalid_link");
  });
});
