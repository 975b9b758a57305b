import type { SendMailOptions } from "nodemailer";
import type { MailMessage } from "./mailer.ts";
import type { Sender } from "./sender.ts";

const idShape = /^[\w-]{1,100}$/;

/** Line ends and other control characters would end the header that they stand in. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ").trim();

/** The message as every driver composes it. The id becomes a file name and a header, so its shape is the program's duty. */
export function mailContent({ id, to, subject, text, html }: MailMessage, sender: Sender): SendMailOptions {
  if (!idShape.test(id)) throw new Error("The id of a mail has letters, digits, hyphens and underscores only.");
  return {
    from: { name: oneLine(sender.name), address: sender.address },
    // Named apart from the address, so that no character of it is taken for a list of addresses.
    to: { name: "", address: to },
    subject: oneLine(subject),
    text,
    html,
    messageId: `<${id}@${sender.address.slice(sender.address.lastIndexOf("@") + 1)}>`,
    // Asks answering machines to stay quiet (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
