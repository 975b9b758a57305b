import { appError } from "../../platform/errors.ts";

/** One answer for a link that is forged, used, replaced by a newer one or past its end. */
export const invalidLink = () =>
  appError({
    code: "invalid_link",
    status: 400,
    message: "This link does not hold (any more).",
    details: { places: [{ field: "token" }], remedy: "Use the newest mail, or ask for another one." },
  });

export const tooManyMailRequests = (waitMs: number) => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return appError({
    code: "too_many_mail_requests",
    status: 429,
    message: "Too many mails were asked for from this address.",
    details: { retry_after_seconds: seconds },
    headers: { "retry-after": String(seconds) },
  });
};

/** Only ever said to somebody who gave the right password. */
export const emailNotVerified = () =>
  appError({
    code: "email_not_verified",
    status: 403,
    message: "The e-mail address of this account is not verified yet.",
    details: { remedy: "Open the link in the mail that was just sent to it, then sign in again." },
  });

export const registrationClosed = () =>
  appError({
    code: "registration_closed",
    status: 403,
    message: "Accounts of this installation are made by its administrators.",
    details: { remedy: "Ask an administrator for an invitation." },
  });

export const emailUnchanged = () =>
  appError({
    code: "email_unchanged",
    status: 400,
    message: "Your account has this address already.",
    details: { places: [{ field: "new_email" }], remedy: "Give the address that it shall have." },
  });

/** For the queue, which tries again; `reason` names neither the address nor anything of the mail. */
export const mailNotTaken = (reason: string) =>
  appError({ code: "mail_not_taken", status: 503, message: `A mail was not taken: ${reason}` });

/** The account was deleted at the very moment when its address was registered again. */
export const registrationInterrupted = () =>
  appError({
    code: "registration_interrupted",
    status: 503,
    message: "Another request changed this account at this very moment.",
    details: { remedy: "Try again." },
  });
