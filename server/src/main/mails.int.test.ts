import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import PostalMime, { type Email } from "postal-mime";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../platform/log/log.ts";
import { startSmtpTestServer } from "../platform/mail/testing/smtp-test-server.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { until } from "../platform/testing/until.ts";

const email = "ada@example.org";
const password = "correct horse battery staple";
const newPassword = "seven moons over Saturn";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(environment: Record<string, string>) {
  const lines: string[] = [];
  const log = createLog({ level: "debug", stream: { write: (line) => lines.push(line) } });
  const server = await createComposedServer({ environment, log });
  ends.push(server.close);
  await server.work("accounts");
  const post = async (path: string, payload: object) => {
    const answer = await server.app.inject({ method: "POST", url: `/api/auth/${path}`, payload });
    return { status: answer.statusCode, code: Object(answer.json()).error?.code };
  };
  return { ...server, post, logged: () => lines.join("") };
}

const linkIn = (mail: Email): URL => {
  const link = /^https:\S+$/m.exec(mail.text ?? "")?.[0] ?? "";
  expect(mail.html).toContain(`href="${link}"`);
  return new URL(link);
};
const tokenIn = (mail: Email): string => new URLSearchParams(linkIn(mail).hash.slice(1)).get("token") ?? "";

describe("mails about an account", () => {
  it("go by a mail server: registering, verifying, and a new password", async () => {
    let refusals = 1;
    const smtp = await startSmtpTestServer({
      // The first mail is put off, so that it comes by the queue's second attempt.
      onMailFrom(_address, _session, done) {
        refusals -= 1;
        done(refusals < 0 ? null : Object.assign(new Error("later"), { responseCode: 451 }));
      },
    });
    ends.push(smtp.close);
    const { post, logged } = await start({
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
      MAIL_FROM: "LLM Tuner <no-reply@tuner.example.org>",
      PUBLIC_URL: "https://tuner.example.org",
      EMAIL_VERIFICATION: "required",
    });
    const mail = (index: number) =>
      until(() => (smtp.received[index] === undefined ? undefined : PostalMime.parse(smtp.received[index])));

    expect(await post("register", { email, password })).toMatchObject({ status: 202 });
    expect(await post("login", { email, password })).toEqual({ status: 403, code: "email_not_verified" });
    const verification = await until(async () => {
      // Signing in mailed a newer link. Whichever mail comes first, the newer one is the one that holds.
      for (const raw of smtp.received) {
        const received = await PostalMime.parse(raw);
        if ((await post("verify-email", { token: tokenIn(received) })).status === 200) return received;
      }
      return undefined;
    });
    expect(verification).toMatchObject({
      subject: "Verify your e-mail address",
      from: { name: "LLM Tuner", address: "no-reply@tuner.example.org" },
      to: [{ address: email }],
      messageId: expect.stringMatching(/^<mt_\w{22}@tuner\.example\.org>$/),
    });
    expect(linkIn(verification)).toMatchObject({ host: "tuner.example.org", pathname: "/verify-email", search: "" });
    expect((await post("login", { email, password })).status).toBe(200);

    const sent = smtp.received.length;
    expect((await post("reset-password", { email })).status).toBe(202);
    const reset = await mail(sent);
    expect(linkIn(reset)).toMatchObject({ pathname: "/reset-password", search: "" });
    const token = tokenIn(reset);
    expect((await post("reset-password-confirm", { token, new_password: newPassword })).status).toBe(200);
    expect((await mail(sent + 1)).subject).toBe("Your password was changed");
    expect([
      (await post("login", { email, password })).status,
      (await post("login", { email, password: newPassword })).status,
    ]).toEqual([401, 200]);
    expect(smtp.recipients.flat().every((recipient) => recipient === email)).toBe(true);
    expect(logged()).toMatch(/a job failed and will be tried again/);
    for (const secret of [token, tokenIn(verification), email, password, newPassword])
      expect(logged()).not.toContain(secret);
  });

  it("lie in the outbox where there is no mail server", async () => {
    const { post, dataDir, logged } = await start({ PUBLIC_URL: "https://tuner.example.org" });
    expect((await post("register", { email, password })).status).toBe(201);
    const outbox = join(dataDir, "outbox");
    const name = await until(async () => (await readdir(outbox).catch(() => [])).find((file) => file.endsWith(".eml")));
    const token = tokenIn(await PostalMime.parse(await readFile(join(outbox, name))));
    expect((await post("verify-email", { token })).status).toBe(200);
    expect(logged()).toContain(join(outbox, name.replace(".eml", ".txt")));
    expect(logged()).not.toContain(token);
  });
});
