const hourMs = 3_600_000;

/** How long the link of a mail holds, by what it is for. */
export const linkLifetimesMs = {
  verify_email: 24 * hourMs,
  change_email: 24 * hourMs,
  reset_password: hourMs,
  invitation: 7 * 24 * hourMs,
} as const;
export type LinkPurpose = keyof typeof linkLifetimesMs;

/** A notice that could not be sent within this time says nothing useful any more. */
export const noticeLifetimeMs = 24 * hourMs;

export const linkPurposes = [
  "verify_email",
  "change_email",
  "reset_password",
  "invitation",
] as const satisfies readonly LinkPurpose[];

export const mailPurposes = [
  ...linkPurposes,
  "account_exists",
  "email_change_notice",
  "email_changed_notice",
  "password_changed_notice",
] as const;
export type MailPurpose = (typeof mailPurposes)[number];

export const isLinkPurpose = (purpose: MailPurpose): purpose is LinkPurpose => purpose in linkLifetimesMs;
