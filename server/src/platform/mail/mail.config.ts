import { z } from "zod";
import { setting } from "../config/setting.ts";
import { parseSender } from "./sender.ts";
import { parseSmtpUrl } from "./smtp-url.ts";

/** Turns what a parser throws into the message of a fault. */
const parsedBy =
  <Result>(parse: (text: string) => Result) =>
  (text: string, context: z.RefinementCtx): Result => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };

export const mailSettings = {
  smtp: setting({
    env: "SMTP_URL",
    description:
      "Mail server, such as smtps://user:password@smtp.example.org:465 or smtp://user:password@smtp.example.org:587 (with STARTTLS). Without it, mails are written to the folder outbox of the data directory.",
    schema: z.string().transform(parsedBy(parseSmtpUrl)).optional(),
    secret: true,
  }),
  sender: setting({
    env: "MAIL_FROM",
    description: "Sender of mails, such as LLM Tuner <no-reply@example.org>. Needed together with SMTP_URL.",
    schema: z.string().transform(parsedBy(parseSender)).optional(),
  }),
} as const;
