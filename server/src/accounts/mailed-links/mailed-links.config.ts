import { z } from "zod";
import { setting } from "../../platform/config/setting.ts";

export const mailedLinksSettings = {
  registration: setting({
    env: "REGISTRATION",
    description: "Who may create an account: open is everybody, closed only people whom an administrator invites.",
    schema: z.enum(["open", "closed"]).default("open"),
  }),
  emailVerification: setting({
    env: "EMAIL_VERIFICATION",
    description:
      "With required, people sign in only after they opened a link that was mailed to them, and registering says to nobody whether an address has an account. With optional, they are signed in at once.",
    schema: z.enum(["optional", "required"]).default("optional"),
  }),
  mailsPerMailbox: setting({
    env: "MAILS_PER_MAILBOX",
    description: "Mails with one kind of link that one mailbox gets in an hour, whoever asks for them.",
    schema: z.coerce.number().int().min(1).max(1000).default(3),
  }),
  mailRequestsPerAddress: setting({
    env: "MAIL_REQUESTS_PER_ADDRESS",
    description: "Mails with a link that may be asked for from one address (IPv6: one /64) in an hour.",
    schema: z.coerce.number().int().min(1).max(100_000).default(30),
  }),
} as const;
