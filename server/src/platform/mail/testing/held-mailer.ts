import type { Mailer, MailMessage, MailOutcome } from "../mailer.ts";

/** A mailer of the test's own hands: it keeps what it is given. Delivery itself is tested on the drivers. */
export function createHeldMailer() {
  const sent: MailMessage[] = [];
  const failures: MailOutcome[] = [];
  const mailer: Mailer = {
    async send(message) {
      const failure = failures.shift();
      if (failure !== undefined) return failure;
      sent.push(message);
      return { kind: "sent" };
    },
    close: () => undefined,
  };
  return {
    mailer,
    /** The next mail that is sent meets this instead. */
    failNext: (outcome: MailOutcome) => void failures.push(outcome),
    /** Removes and returns what was sent, oldest first. */
    take: (): MailMessage[] => sent.splice(0),
  };
}
