/** One message to one person. */
export interface MailMessage {
  /** Of the mail in the program, such as `mt_4Yt…`; a repeated delivery has the same id and so the same Message-ID. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** `reason` is for the log: it holds neither the address nor anything of the message. */
export type MailOutcome = { kind: "sent" } | { kind: "failed"; retry: boolean; reason: string };

/** Hands mails over. Failures of the other side are outcomes, never exceptions. */
export interface Mailer {
  send(message: MailMessage): Promise<MailOutcome>;
  close(): void;
}
