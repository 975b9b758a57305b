import { SignedIn } from "@llm-tuner/contract/accounts.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { goodPassword, newEmail } from "../testing/account-fixture.ts";
import { startFakeProvider } from "./testing/fake-provider.ts";
import { accessCookieOf, createOidcFixture, endOf, newBrowser, newPerson } from "./testing/oidc-fixture.ts";

const { database, drop } = await createTestDatabase();
const provider = await startFakeProvider();
const open = await createOidcFixture(database, provider, { registrationsPerAddress: 100_000 });
const required = await createOidcFixture(database, provider, { emailVerification: "required" }, open.masterKey);
const closed = await createOidcFixture(database, provider, { registration: "closed" }, open.masterKey);
afterAll(async () => {
  await Promise.all([open, required, closed].map(({ app }) => app.close()));
  await provider.close();
  await drop();
});

const userRow = z.object({
  id: z.string(),
  provider: z.string(),
  full_name: z.string().nullable(),
  picture: z.string().nullable(),
  password_hash: z.string().nullable(),
  is_verified: z.boolean(),
});
const usersOf = (email: string | undefined) =>
  database.rows(
    userRow,
    "select id, provider, full_name, picture, password_hash, email_verified_at is not null as is_verified from users where email = $1",
    [email],
  );
const identitiesOf = (subject: string) =>
  database.rows(z.object({ user_id: z.string() }), "select user_id from identities where subject = $1", [subject]);
const verify = (email: string) =>
  database.execute("update users set email_verified_at = now() where email = $1", [email]);
const disable = (email: string) => database.execute("update users set disabled_at = now() where email = $1", [email]);
const actionsOf = async (userId: string) =>
  (
    await database.rows(
      z.object({ action: z.string(), details: z.string() }),
      "select action, details from audit_events where actor_user_id = $1 order by sequence",
      [userId],
    )
  ).map(({ action }) => action);

/** Whom the session of the browser's cookies belongs to. */
const whoIs = async (browser: ReturnType<typeof newBrowser>) => {
  const token = accessCookieOf(browser);
  return token === undefined ? undefined : (await open.gate.authenticate(token)).userId;
};
const codeOf = (answer: { json: () => unknown }) => ApiError.parse(answer.json()).error.code;

describe("somebody who was never here", () => {
  it("SEC-14: gets an account of their own, verified as the provider says, without a password", async () => {
    const person = newPerson({ picture: "https://pictures.example/ada.png" });
    const browser = newBrowser();
    expect(endOf(await open.signIn(browser, person, { returnTo: "/tuning?tab=1" }))).toMatchObject({
      target: "https://tuner.test/tuning",
    });
    const [user] = await usersOf(person.email);
    expect(user).toMatchObject({
      provider: "oidc",
      full_name: "Ada Lovelace",
      picture: "https://pictures.example/ada.png",
      password_hash: null,
      is_verified: true,
    });
    expect(await whoIs(browser)).toBe(user?.id);
    expect(await actionsOf(user?.id ?? "")).toEqual(["account.registered", "account.signed_in"]);
  });

  it.each([[undefined], [false], ["true"], [1]])("SEC-14: email_verified %j is not verified", async (said) => {
    const person = newPerson({ email_verified: said });
    await open.signIn(newBrowser(), person);
    expect(await usersOf(person.email)).toMatchObject([{ is_verified: false }]);
  });

  it("takes no name that is none, and no picture that is no https address", async () => {
    for (const picture of [
      "http://pictures.example/a.png",
      "javascript:alert(1)",
      `https://x.example/${"a".repeat(500)}`,
    ]) {
      const person = newPerson({ picture, name: "x".repeat(201) });
      expect(endOf(await open.signIn(newBrowser(), person)).outcome).toBeNull();
      expect(await usersOf(person.email)).toMatchObject([{ picture: null, full_name: null }]);
    }
  });

  it("takes no name and no picture that cannot be kept, and nobody who is known by what cannot", async () => {
    for (const hostile of ["a\u0000b", "a\ud800b"]) {
      const person = newPerson({ name: hostile, picture: `https://pictures.example/${hostile}` });
      expect(endOf(await open.signIn(newBrowser(), person)).outcome).toBeNull();
      expect(await usersOf(person.email)).toMatchObject([{ picture: null, full_name: null }]);
      const nobody = newPerson({ sub: hostile });
      expect(endOf(await open.signIn(newBrowser(), nobody))).toMatchObject({ code: "sign_in_answer_invalid" });
      expect(await usersOf(nobody.email)).toEqual([]);
    }
  });

  it("SEC-14: who comes twice at once is made once", async () => {
    const person = newPerson();
    const browsers = Array.from({ length: 8 }, newBrowser);
    const answers = await Promise.all(browsers.map((browser) => open.signIn(browser, person)));
    expect(answers.map((answer) => endOf(answer).outcome)).toEqual(browsers.map(() => null));
    expect(await usersOf(person.email)).toHaveLength(1);
    expect(await identitiesOf(person.sub)).toHaveLength(1);
    expect(new Set(await Promise.all(browsers.map(whoIs))).size).toBe(1);
  });

  it("SEC-14: who registers with the same address at this very moment keeps their account", async () => {
    const people = Array.from({ length: 6 }, () => newPerson());
    const answers = await Promise.all(
      people.flatMap((person) => [open.signIn(newBrowser(), person), open.register(person.email).catch(() => null)]),
    );
    expect(answers).toHaveLength(12);
    for (const person of people) expect(await usersOf(person.email)).toHaveLength(1);
  });

  it("is refused without an address, and where registration is closed", async () => {
    const { email: _none, ...nameless } = newPerson();
    expect(endOf(await open.signIn(newBrowser(), nameless))).toMatchObject({
      outcome: "failed",
      code: "email_missing",
    });
    const person = newPerson();
    expect(endOf(await closed.signIn(newBrowser(), person))).toMatchObject({ code: "registration_closed" });
    expect(await usersOf(person.email)).toEqual([]);
  });

  it("is mailed a link first where addresses must be verified and the provider does not vouch", async () => {
    const person = newPerson({ email_verified: false });
    for (let time = 1; time <= 5; time += 1) {
      const browser = newBrowser();
      expect(endOf(await required.signIn(browser, person))).toMatchObject({ outcome: "verification_sent" });
      expect(accessCookieOf(browser)).toBeUndefined();
    }
    expect(await usersOf(person.email)).toMatchObject([{ is_verified: false }]);
    // As often as one mailbox is written to, and not once for each time.
    expect(required.held.take("accounts.mail")).toHaveLength(3);
    const browser = newBrowser();
    // Now the provider vouches for it.
    expect(endOf(await required.signIn(browser, { ...person, email_verified: true })).outcome).toBeNull();
    expect(await usersOf(person.email)).toMatchObject([{ is_verified: true }]);
    expect(endOf(await required.signIn(newBrowser(), newPerson())).outcome).toBeNull();
  });
});

describe("an account whose address nobody has proved", () => {
  /** What the owner of the mailbox does. */
  async function resetPassword(fixture: typeof open, email: string): Promise<void> {
    await fixture.mailedLinks.passwordReset.request(email, "192.0.2.1");
    const mail = (await fixture.deliverMails()).findLast(({ to }) => to === email);
    const token = /token=([\w.-]+)/.exec(mail?.text ?? "")?.[1] ?? "";
    await fixture.mailedLinks.passwordReset.confirm({ token, password: goodPassword, network: "192.0.2.1" });
  }

  it("SEC-14: belongs to who reads its mails; the identity that made it gets in no more", async () => {
    for (const fixture of [open, required]) {
      const stranger = newPerson({ email_verified: false });
      await fixture.signIn(newBrowser(), stranger);
      const email = stranger.email ?? "";
      await resetPassword(fixture, email);
      expect(await usersOf(email)).toMatchObject([{ is_verified: true }]);
      expect(await identitiesOf(stranger.sub)).toEqual([]);
      const browser = newBrowser();
      expect(endOf(await fixture.signIn(browser, stranger))).toMatchObject({ outcome: "password_required" });
      expect(accessCookieOf(browser)).toBeUndefined();
    }
  });

  it("SEC-14: keeps its identities through a forgotten password once the address is proved", async () => {
    const person = newPerson();
    await open.signIn(newBrowser(), person);
    await resetPassword(open, person.email ?? "");
    expect(await identitiesOf(person.sub)).toHaveLength(1);
  });
});

describe("somebody whose identity is known", () => {
  it("SEC-14: is known by issuer and subject, also with another address, even somebody else's", async () => {
    const person = newPerson();
    const first = newBrowser();
    await open.signIn(first, person);
    const { email: other } = await open.register();
    await verify(other);
    const second = newBrowser();
    expect(endOf(await open.signIn(second, { ...person, email: other })).outcome).toBeNull();
    expect(await whoIs(second)).toBe(await whoIs(first));
    expect(await usersOf(person.email)).toHaveLength(1);
  });

  it("SEC-14: the same subject of another issuer is somebody else", async () => {
    const otherProvider = await startFakeProvider();
    const elsewhere = await createOidcFixture(database, otherProvider, {}, open.masterKey);
    const person = newPerson();
    await open.signIn(newBrowser(), person);
    const theirs = { ...person, email: newEmail() };
    expect(endOf(await elsewhere.signIn(newBrowser(), theirs)).outcome).toBeNull();
    expect((await usersOf(theirs.email))[0]?.id).not.toBe((await usersOf(person.email))[0]?.id);
    await elsewhere.app.close();
    await otherProvider.close();
  });

  it("is refused while the account is disabled", async () => {
    const person = newPerson();
    await open.signIn(newBrowser(), person);
    await disable(person.email ?? "");
    const browser = newBrowser();
    expect(endOf(await open.signIn(browser, person))).toMatchObject({ outcome: "failed", code: "account_disabled" });
    expect(accessCookieOf(browser)).toBeUndefined();
  });
});

describe("somebody with the address of an account", () => {
  it("SEC-14: both sides verified: is linked and signed in, and the password still works", async () => {
    const { email, user } = await open.register();
    await verify(email);
    const browser = newBrowser();
    const person = newPerson({ email: email.toUpperCase() });
    expect(endOf(await open.signIn(browser, person)).outcome).toBeNull();
    expect(await whoIs(browser)).toBe(user.id);
    expect(await identitiesOf(person.sub)).toEqual([{ user_id: user.id }]);
    expect((await usersOf(email))[0]?.password_hash).not.toBeNull();
    expect(await actionsOf(user.id)).toContain("account.identity_linked");
  });

  it.each([
    { provider: true, account: false },
    { provider: false, account: true },
    { provider: undefined, account: true },
    { provider: false, account: false },
  ])("SEC-14: provider $provider, account $account: must prove the password in this browser", async (row) => {
    const { email, user } = await open.register();
    if (row.account) await verify(email);
    const person = newPerson({ email, email_verified: row.provider });
    const browser = newBrowser();
    expect(endOf(await open.signIn(browser, person))).toMatchObject({ outcome: "password_required" });
    expect(accessCookieOf(browser)).toBeUndefined();
    expect(await identitiesOf(person.sub)).toEqual([]);
    // Not without the browser, not with another password.
    expect(codeOf(await open.link(newBrowser(), goodPassword))).toBe("no_waiting_sign_in");
    expect(codeOf(await open.link(browser, "another horse battery"))).toBe("invalid_credentials");
    expect(await identitiesOf(person.sub)).toEqual([]);
    const copy = { ...browser, cookies: new Map(browser.cookies) };
    const answer = await open.link(browser, goodPassword);
    expect(answer.statusCode).toBe(200);
    expect(SignedIn.parse(answer.json()).user.id).toBe(user.id);
    expect(await identitiesOf(person.sub)).toEqual([{ user_id: user.id }]);
    expect(await usersOf(email)).toMatchObject([{ is_verified: row.account || row.provider === true }]);
    // Single use.
    expect(codeOf(await open.link(copy, goodPassword))).toBe("no_waiting_sign_in");
    expect(endOf(await open.signIn(newBrowser(), person)).outcome).toBeNull();
  });

  it("SEC-14: five passwords may be tried, within ten minutes", async () => {
    const { email } = await open.register();
    const browser = newBrowser();
    await open.signIn(browser, newPerson({ email }));
    const codes: string[] = [];
    for (let attempt = 1; attempt <= 5; attempt += 1) codes.push(codeOf(await open.link(browser, `wrong ${attempt}`)));
    expect(new Set(codes)).toEqual(new Set(["invalid_credentials"]));
    expect(codeOf(await open.link(browser, goodPassword))).toBe("no_waiting_sign_in");
    const late = newBrowser();
    await open.signIn(late, newPerson({ email }));
    open.clock.advance(600_001);
    expect(codeOf(await open.link(late, goodPassword))).toBe("no_waiting_sign_in");
  });

  it("SEC-04: its tries count with all others of the account", async () => {
    const { email } = await open.register();
    for (let round = 1; round <= 2; round += 1) {
      const browser = newBrowser();
      await open.signIn(browser, newPerson({ email }));
      for (let attempt = 1; attempt <= 3; attempt += 1) await open.link(browser, "wrong");
    }
    const browser = newBrowser();
    await open.signIn(browser, newPerson({ email }));
    expect((await open.link(browser, goodPassword)).statusCode).toBe(429);
  });

  it("SEC-14: of two links at once one is made", async () => {
    const { email } = await open.register();
    const browser = newBrowser();
    await open.signIn(browser, newPerson({ email }));
    const copy = { ...browser, cookies: new Map(browser.cookies) };
    const answers = await Promise.all([open.link(browser, goodPassword), open.link(copy, goodPassword)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it("a disabled account is not linked, by whatever proof", async () => {
    const { email } = await open.register();
    const browser = newBrowser();
    await open.signIn(browser, newPerson({ email }));
    await disable(email);
    expect(codeOf(await open.link(browser, goodPassword))).toBe("account_disabled");
    await verify(email);
    expect(endOf(await open.signIn(newBrowser(), newPerson({ email })))).toMatchObject({ code: "account_disabled" });
  });

  it("the session of a link is in cookies where the request asks for that", async () => {
    const { email } = await open.register();
    const browser = newBrowser();
    await open.signIn(browser, newPerson({ email }));
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await open.app.inject({
      method: "POST",
      url: "/api/auth/google/link",
      headers: {
        cookie,
        origin: "https://tuner.test",
        "x-session-mode": "cookie",
        "content-type": "application/json",
      },
      payload: JSON.stringify({ password: goodPassword }),
    });
    expect(answer.json()).toMatchObject({ token_type: "cookie" });
    expect(answer.cookies.map(({ name }) => name)).toEqual([
      "__Host-llm-tuner-access",
      "__Secure-llm-tuner-refresh",
      "__Host-llm-tuner-oidc",
    ]);
  });
});
