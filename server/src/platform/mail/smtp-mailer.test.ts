import { createServer } from "node:net";
import { once } from "node:events";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { describeMailer } from "./mailer.suite.ts";
import { createSmtpMailer } from "./smtp-mailer.ts";
import { parseSmtpUrl } from "./smtp-url.ts";
import { startSmtpTestServer } from "./testing/smtp-test-server.ts";

const sender = { name: "Mail Room", address: "room@tuner.test" };

describeMailer("a mail server", async () => {
  const server = await startSmtpTestServer();
  return {
    mailer: createSmtpMailer({ server: parseSmtpUrl(`smtp://127.0.0.1:${server.port}`), sender }),
    received: async () => server.received,
    end: server.close,
  };
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const mail = { id: "mt_one", to: "ada@example.org", subject: "Hi", text: "Hi", html: "<p>Hi</p>" };
async function send(options: SMTPServerOptions, { scheme = "smtp://", query = "" } = {}) {
  const server = await startSmtpTestServer(options);
  ends.push(server.close);
  const url = `${scheme}127.0.0.1:${server.port}${query}`;
  const outcome = await createSmtpMailer({ server: parseSmtpUrl(url), sender }).send(mail);
  return { outcome, received: server.received.length };
}
const refusal = (status: number) => Object.assign(new Error("<ada@example.org> is unknown"), { responseCode: status });

describe("a mail server that refuses", () => {
  it.each<[string, SMTPServerOptions]>([
    ["the sender", { onMailFrom: (_address, _session, done) => done(refusal(550)) }],
    ["the recipient", { onRcptTo: (_address, _session, done) => done(refusal(550)) }],
    [
      "the content",
      {
        onData(stream, _session, done) {
          stream.resume().once("end", () => done(refusal(554)));
        },
      },
    ],
  ])("%s for good is not asked again, and the reason names nobody", async (_what, options) => {
    const { outcome } = await send(options);
    expect(outcome).toEqual({ kind: "failed", retry: false, reason: expect.stringMatching(/^E\w+: 55\d/) });
    expect(JSON.stringify(outcome)).not.toContain("ada@example.org");
  });

  it.each<[string, SMTPServerOptions]>([
    ["the recipient for now", { onRcptTo: (_address, _session, done) => done(refusal(450)) }],
    ["the connection for now", { onConnect: (_session, done) => done(refusal(421)) }],
    ["everybody, at the greeting", { onConnect: (_session, done) => done(refusal(554)) }],
    [
      "the content for now",
      {
        onData(stream, _session, done) {
          stream.resume().once("end", () => done(refusal(451)));
        },
      },
    ],
    [
      "the password",
      { authOptional: false, allowInsecureAuth: true, onAuth: (_auth, _session, done) => done(refusal(535)) },
    ],
  ])("%s is asked again", async (_what, options) => {
    const { outcome } = await send(options, { scheme: "smtp://user:secret@" });
    expect(outcome).toMatchObject({ kind: "failed", retry: true });
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });
});

describe("a mail server that is not well", () => {
  const rawServer = async (onLine: (line: string) => string | null) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("220 ready\r\n");
      socket.on("data", (bytes) => {
        const answer = onLine(bytes.toString());
        if (answer === null) socket.destroy();
        else if (answer !== "") socket.write(`${answer}\r\n`);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ends.push(() => new Promise((closed) => void server.close(() => closed())));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return createSmtpMailer({ server: parseSmtpUrl(`smtp://127.0.0.1:${port}`), sender, timeoutMs: 200 });
  };

  it("is asked again: it drops the connection", async () => {
    const mailer = await rawServer((line) => (line.startsWith("MAIL") ? null : "250 ok"));
    expect(await mailer.send(mail)).toMatchObject({ kind: "failed", retry: true });
  });

  it("is asked again: it says nothing any more", async () => {
    const mailer = await rawServer((line) => (line.startsWith("MAIL") ? "" : "250 ok"));
    expect(await mailer.send(mail)).toMatchObject({ kind: "failed", retry: true, reason: /ETIMEDOUT/ });
  });

  it("is asked again: nobody listens", async () => {
    const server = await startSmtpTestServer();
    await server.close();
    const mailer = createSmtpMailer({ server: parseSmtpUrl(`smtp://127.0.0.1:${server.port}`), sender });
    expect(await mailer.send(mail)).toMatchObject({ kind: "failed", retry: true, reason: /ESOCKET/ });
  });
});

describe("TLS", () => {
  // Without a certificate of its own the server takes the self-signed one of its package.
  const selfSigned = { disabledCommands: [] };

  it("a certificate that nobody vouches for is refused, unless that is allowed", async () => {
    const refused = await send(selfSigned, { query: "?requireTLS" });
    expect(refused).toMatchObject({ outcome: { kind: "failed", retry: true, reason: /certificate/ }, received: 0 });
    const allowed = await send(selfSigned, { query: "?requireTLS&allowSelfSigned" });
    expect(allowed).toEqual({ outcome: { kind: "sent" }, received: 1 });
  });

  it("the same from the first byte on", async () => {
    const options = { ...selfSigned, secure: true };
    expect((await send(options, { scheme: "smtps://" })).outcome).toMatchObject({ kind: "failed", retry: true });
    expect(await send(options, { scheme: "smtps://", query: "?allowSelfSigned" })).toMatchObject({ received: 1 });
  });

  it("nothing is sent to a server that does not offer it where it is required", async () => {
    let passwords = 0;
    const { outcome, received } = await send(
      {
        allowInsecureAuth: true,
        onAuth(_auth, _session, done) {
          passwords += 1;
          done(null, { user: "user" });
        },
      },
      { scheme: "smtp://user:secret@", query: "?requireTLS" },
    );
    expect([outcome, received, passwords]).toEqual([expect.objectContaining({ retry: true }), 0, 0]);
  });
});
