import { RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../platform/database/database.ts";
import { createAttemptLimiter, keyOf, waitMsOf } from "../sign-in-limits/attempt-limiter.ts";
import { tooManyMailRequests } from "./mailed-links.errors.ts";
import type { LinkPurpose } from "./mail-purpose.ts";

export interface MailLimits {
  /** Throws a 429 when too many mails were asked for from this network. */
  admitNetwork: (network: string) => Promise<void>;
  /**
   * Whether the mailbox may get one more mail of this kind. It is asked alike for addresses with and without an account,
   * and a refusal is kept silent: the answer says nothing of who else asked.
   */
  admitMailbox: (purpose: LinkPurpose, email: string) => Promise<boolean>;
}

interface MailLimitsOptions {
  database: Database;
  config: { mailsPerMailbox: number; mailRequestsPerAddress: number };
}

const hourSeconds = 3600;

export function createMailLimits({ database, config }: MailLimitsOptions): MailLimits {
  const mailboxes = createAttemptLimiter(database, {
    keyPrefix: "mailbox",
    points: config.mailsPerMailbox,
    duration: hourSeconds,
  });
  const networks = createAttemptLimiter(database, {
    keyPrefix: "mail-network",
    points: config.mailRequestsPerAddress,
    duration: hourSeconds,
  });
  return {
    async admitNetwork(network) {
      await networks.consume(keyOf(network)).catch((rejection: unknown) => {
        throw tooManyMailRequests(waitMsOf(rejection));
      });
    },
    async admitMailbox(purpose, email) {
      try {
        await mailboxes.consume(keyOf(purpose, email));
        return true;
      } catch (rejection) {
        if (rejection instanceof RateLimiterRes) return false;
        throw rejection;
      }
    },
  };
}
