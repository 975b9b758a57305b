import { isLinkPurpose, type LinkPurpose, type MailPurpose } from "./mail-purpose.ts";

/** The words of a mail. Nothing in them comes from a person: a name in a mail is a place for somebody else's text. */
interface MailWords {
  subject: string;
  before: readonly string[];
  /** What the link is called; absent where there is none. */
  action?: string;
  after: readonly string[];
}

const ignoreIt = "If it was not you, do nothing: without this link nothing changes.";

const words: Record<MailPurpose, MailWords> = {
  verify_email: {
    subject: "Verify your e-mail address",
    before: ["Somebody, probably you, registered at LLM Tuner with this address. Open this link to verify it:"],
    action: "Verify my address",
    after: ["The link works once, for 24 hours.", ignoreIt],
  },
  change_email: {
    subject: "Verify your new e-mail address",
    before: ["Somebody, probably you, wants to use this address for an account at LLM Tuner. Open this link to agree:"],
    action: "Use this address",
    after: ["The link works once, for 24 hours. Your other devices will be signed out.", ignoreIt],
  },
  reset_password: {
    subject: "Choose a new password",
    before: [
      "Somebody, probably you, asked for a new password of your account at LLM Tuner. Open this link to choose it:",
    ],
    action: "Choose a password",
    after: ["The link works once, for one hour. All devices will be signed out.", ignoreIt],
  },
  invitation: {
    subject: "You are invited to LLM Tuner",
    before: ["An administrator made an account at LLM Tuner for you. Open this link to choose your password:"],
    action: "Choose a password",
    after: ["The link works once, for 7 days.", "If you do not want the account, do nothing."],
  },
  account_exists: {
    subject: "You have an account already",
    before: [
      "Somebody, perhaps you, wanted to use this address for an account at LLM Tuner, which you have already.",
      "Sign in with it; if you do not know your password any more, ask for a new one on the page where you sign in.",
    ],
    after: ["If it was not you, do nothing: nothing has changed."],
  },
  email_change_notice: {
    subject: "Another e-mail address was asked for",
    before: [
      "Somebody, probably you, asked for another e-mail address of your account at LLM Tuner. It changes as soon as the link is opened that was mailed to the new address.",
    ],
    after: ["If it was not you, ask for a new password now, on the page where you sign in: that stops it."],
  },
  email_changed_notice: {
    subject: "Your e-mail address was changed",
    before: ["Your account at LLM Tuner has another e-mail address now. Mails about it no longer come to this one."],
    after: ["If it was not you, tell an administrator of the installation at once."],
  },
  password_changed_notice: {
    subject: "Your password was changed",
    before: ["The password of your account at LLM Tuner was just changed, and other devices were signed out."],
    after: ["If it was not you, ask for a new password now, on the page where you sign in."],
  },
};

const pages: Record<LinkPurpose, string> = {
  verify_email: "/verify-email",
  change_email: "/verify-email",
  reset_password: "/reset-password",
  invitation: "/reset-password",
};

/** The token stands in the fragment, which browsers send neither to a server nor on to the next page. */
const linkOf = (purpose: LinkPurpose, { publicUrl, token }: { publicUrl: string; token: string }): string =>
  `${publicUrl}${pages[purpose]}#token=${token}`;

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? character);

const paragraph = (html: string): string => `<p>${html}</p>`;

export function mailText(
  purpose: MailPurpose,
  { publicUrl, token }: { publicUrl: string; token: (purpose: LinkPurpose) => string },
): { subject: string; text: string; html: string } {
  const { subject, before, action, after } = words[purpose];
  const link = isLinkPurpose(purpose) ? linkOf(purpose, { publicUrl, token: token(purpose) }) : undefined;
  const signature = `LLM Tuner at ${publicUrl}`;
  const paragraphs = [
    ...before.map(escaped),
    ...(link === undefined ? [] : [`<a href="${escaped(link)}">${escaped(action ?? link)}</a>`]),
    ...after.map(escaped),
    `<small>${escaped(signature)}</small>`,
  ];
  return {
    subject,
    text: [...before, ...(link === undefined ? [] : [link]), ...after, `-- \n${signature}`].join("\n\n"),
    html: `<!doctype html><html lang="en"><body>${paragraphs.map(paragraph).join("\n")}</body></html>`,
  };
}
