import { createTransport } from "nodemailer";
import { z } from "zod";
import { mailContent } from "./mail-content.ts";
import type { Mailer, MailMessage, MailOutcome } from "./mailer.ts";
import { isPlainAddress, type Sender } from "./sender.ts";
import type { SmtpServer } from "./smtp-url.ts";

interface SmtpMailerOptions {
  server: SmtpServer;
  sender: Sender;
  timeoutMs?: number;
}

const maxReasonCharacters = 300;

/** What the mail library adds to an error. */
const smtpFailure = z.object({
  code: z.string().catch("error"),
  responseCode: z.number().catch(0),
  response: z.string().optional().catch(undefined),
  message: z.string().catch("unknown"),
});

/**
 * A refusal of this very mail (5xx to its sender, recipient or content) stays one. All else may pass: a full mailbox, a
 * server that is away, and also a refused password or certificate, which a person can mend while the mail waits.
 */
function failureOf(error: unknown, { to }: MailMessage): MailOutcome {
  const { code, responseCode, response, message } = smtpFailure.parse(error);
  const isAboutTheMail = code === "EENVELOPE" || code === "EMESSAGE";
  const reason = `${code}: ${(response ?? message).replaceAll(to, "[address]")}`.slice(0, maxReasonCharacters);
  return { kind: "failed", retry: !(isAboutTheMail && responseCode >= 500), reason };
}

/** Hands mails to a mail server, each over a connection of its own. */
export function createSmtpMailer({ server, sender, timeoutMs = 20_000 }: SmtpMailerOptions): Mailer {
  const { host, port, secure, auth, startTls, allowSelfSigned } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    ...(auth === undefined ? {} : { auth }),
    requireTLS: !secure && startTls === "required",
    ignoreTLS: !secure && startTls === "ignored",
    tls: { rejectUnauthorized: !allowSelfSigned, minVersion: "TLSv1.2" },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  return {
    async send(message) {
      if (!isPlainAddress(message.to)) return { kind: "failed", retry: false, reason: "the address is none" };
      const content = mailContent(message, sender);
      try {
        await transport.sendMail(content);
        return { kind: "sent" };
      } catch (error) {
        return failureOf(error, message);
      }
    },
    close: () => transport.close(),
  };
}
