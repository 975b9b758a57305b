import type * as argon2 from "@node-rs/argon2";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture, goodPassword, newEmail, newOrigin } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";
import { meterWork } from "../testing/work-meter.ts";

const hashes = vi.hoisted(() => ({ count: 0 }));
/** The library computes as ever; its calls are counted, for a hash is what costs time. */
vi.mock("@node-rs/argon2", async (importOriginal) => {
  const original = await importOriginal<typeof argon2>();
  const counted =
    <Values extends unknown[], Result>(compute: (...values: Values) => Result) =>
    (...values: Values): Result => {
      hashes.count += 1;
      return compute(...values);
    };
  return { ...original, hash: counted(original.hash), verify: counted(original.verify) };
});

const { database, drop } = await createTestDatabase();
const limits = { mailRequestsPerAddress: 10_000, registrationsPerAddress: 10_000, signInFailuresPerAddress: 10_000 };
const server = await createAccountServer(database, { config: limits });
const required = await createAccountServer(database, {
  masterKey: server.masterKey,
  config: { ...limits, emailVerification: "required" },
});
afterAll(async () => {
  await server.close();
  await required.close();
  await drop();
});

type Answer = Awaited<ReturnType<typeof server.call>>;

/** Everything that a client sees of an answer, but for what differs between any two. */
function seen({ status, headers, text, json }: Answer) {
  const differing = new Set(["date", "x-request-id"]);
  const requestId = headers.get("x-request-id") ?? "none";
  const shown = [...headers].filter(([name]) => !differing.has(name) && !name.startsWith("ratelimit"));
  return { status, names: [...headers.keys()], shown, body: text.replaceAll(requestId, ""), shape: typeof json };
}

const taken = async (): Promise<string> => {
  const { email } = await server.signUp();
  await server.deliverMails();
  return email;
};
const verified = async (): Promise<string> => {
  const email = await taken();
  await database.execute("update users set email_verified_at = now() where email = $1", [email]);
  return email;
};

describe("SEC-03: replies tell nobody whose address has an account", () => {
  it("SEC-03: signing in, with and without verification", async () => {
    for (const { call } of [server, required]) {
      const ask = (email: string) =>
        call("POST", "/api/auth/login", { body: { email, password: "wrong horse battery" } });
      const answers = [await ask(await taken()), await ask(await verified()), await ask(newEmail())].map(seen);
      expect(answers[0]?.status).toBe(401);
      expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
    }
  });

  it("SEC-03: registering where addresses must be verified", async () => {
    const ask = (email: string) =>
      required.call("POST", "/api/auth/register", { body: { email, password: goodPassword } });
    const answers = [await ask(await taken()), await ask(await verified()), await ask(newEmail())].map(seen);
    expect(answers[0]?.status).toBe(202);
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
  });

  it("SEC-03: asking for a new password, also beyond the mailbox's limit and for a disabled account", async () => {
    const ask = (email: string) => server.call("POST", "/api/auth/reset-password", { body: { email } });
    const disabled = await taken();
    await database.execute("update users set disabled_at = now() where email = $1", [disabled]);
    const [known, unknown] = [await taken(), newEmail()];
    const answers = [seen(await ask(disabled))];
    for (let count = 0; count < 5; count += 1) answers.push(seen(await ask(known)), seen(await ask(unknown)));
    expect(answers[0]?.status).toBe(202);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it("SEC-03: asking for the verification once more", async () => {
    const ask = async (isVerified: boolean) => {
      const { email, access_token: token } = await server.signUp();
      if (isVerified) await database.execute("update users set email_verified_at = now() where email = $1", [email]);
      return seen(await server.call("POST", "/api/auth/verify-email/resend", { token }));
    };
    const [unverified, isVerified] = [await ask(false), await ask(true)];
    expect(unverified.status).toBe(202);
    expect(isVerified).toEqual(unverified);
  });

  it("SEC-03: asking for another address", async () => {
    const ask = async (email: string) => {
      const { access_token: token } = await server.signUp();
      const body = { new_email: email, current_password: goodPassword };
      return seen(await server.call("POST", "/api/auth/change-email", { token, body }));
    };
    const answers = [await ask(await taken()), await ask(await verified()), await ask(newEmail())];
    expect(answers[0]?.status).toBe(202);
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
  });
});

describe("SEC-03: the time of a reply tells nobody either: the same work is done", () => {
  const meter = meterWork(database);
  const setUp = (emailVerification: "optional" | "required") =>
    createAccountFixture(meter.database, {
      masterKey: server.masterKey,
      config: { ...limits, emailVerification },
    });

  /** What one request costs: its statements in their order, its password hashes and its jobs. */
  async function costOf(fixture: ReturnType<typeof setUp>, request: () => Promise<unknown>) {
    meter.take();
    fixture.held.take("accounts.mail");
    const before = hashes.count;
    await request();
    return {
      statements: meter.take(),
      hashes: hashes.count - before,
      jobs: fixture.held.take("accounts.mail").length,
    };
  }

  it("SEC-03: signing in with a wrong password costs one hash, whether or not there is an account", async () => {
    for (const mode of ["optional", "required"] as const) {
      const fixture = setUp(mode);
      const ask = (email: string) =>
        costOf(fixture, () =>
          fixture.accounts.login({ email, password: "wrong horse battery" }, newOrigin()).catch(() => undefined),
        );
      const known = await ask(await taken());
      expect(known).toMatchObject({ hashes: 1, jobs: 0 });
      expect(await ask(newEmail())).toEqual(known);
      expect(await ask(await verified())).toEqual(known);
      // An account that never had a password is no exception.
      const external = await taken();
      await database.execute("update users set password_hash = null where email = $1", [external]);
      expect(await ask(external)).toEqual(known);
      await fixture.gate.close();
    }
  });

  it("SEC-03: registering costs one hash, one row and one job, whoever has the address", async () => {
    const fixture = setUp("required");
    const ask = (email: string) =>
      costOf(fixture, () => fixture.accounts.register({ email, password: goodPassword }, newOrigin()));
    const unknown = await ask(newEmail());
    expect(unknown).toMatchObject({ hashes: 1, jobs: 1 });
    expect(unknown.statements.filter((statement) => statement.includes("insert into account_mails"))).toHaveLength(1);
    expect(await ask(await verified())).toEqual(unknown);
    expect(await ask(await taken())).toEqual(unknown);
    await fixture.gate.close();
  });

  it("SEC-03: asking for a new password costs one row and one job, whoever has the address", async () => {
    const fixture = setUp("optional");
    const ask = (email: string) =>
      costOf(fixture, () => fixture.mailedLinks.passwordReset.request(email, newOrigin().network));
    const unknown = await ask(newEmail());
    expect(unknown).toMatchObject({ hashes: 0, jobs: 1 });
    expect(unknown.statements.length).toBeGreaterThan(5);
    expect(await ask(await taken())).toEqual(unknown);
    await fixture.gate.close();
  });

  it("SEC-03: asking for another address costs two rows and two jobs, whoever has it", async () => {
    const fixture = setUp("optional");
    const ask = async (newAddress: string) => {
      const { user } = await fixture.register();
      const origin = newOrigin();
      const person = { userId: user.id, sessionId: "sess_0000000000000000000001" };
      const change = { person, newEmail: newAddress, password: goodPassword, origin };
      return costOf(fixture, () => fixture.mailedLinks.emailAddress.requestChange(change));
    };
    const unknown = await ask(newEmail());
    expect(unknown).toMatchObject({ hashes: 1, jobs: 2 });
    expect(await ask(await taken())).toEqual(unknown);
    await fixture.gate.close();
  });
});
