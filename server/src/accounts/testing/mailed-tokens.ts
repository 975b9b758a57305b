import { ApiError } from "@llm-tuner/contract/errors.ts";
import type { Database } from "../../platform/database/database.ts";
import type { MailMessage } from "../../platform/mail/mailer.ts";
import { auditStore } from "../audit/audit.store.ts";

/** The token in the one mail with this subject. */
export function tokenIn(mails: readonly Pick<MailMessage, "subject" | "text">[], subject: string): string {
  const found = mails.filter((mail) => mail.subject === subject);
  const token = /#token=([\w-]+)/.exec(found[0]?.text ?? "")?.[1];
  if (found.length !== 1 || token === undefined) {
    throw new Error(`not one mail "${subject}" with a link among ${mails.map((mail) => mail.subject).join(", ")}`);
  }
  return token;
}

export const codeOf = ({ json }: { json: unknown }): string => ApiError.parse(json).error.code;

/** Actions of the audit log on one thing, oldest first. */
export const entriesOf = async (database: Database, targetId: string): Promise<string[]> =>
  (await auditStore.listAfter(database, { filter: {}, after: 0, limit: 10_000 }))
    .filter(({ target_id: id }) => id === targetId)
    .map(({ action }) => action);
