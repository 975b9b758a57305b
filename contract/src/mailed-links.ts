import { z } from "zod";
import { Email, GivenPassword, Message, NewPassword } from "./accounts.ts";
import { defineEndpoint } from "./endpoint.ts";

/** The token of a link that was mailed: single use, expiring, for one purpose. */
const MailedToken = z.string().min(1).max(300);

const common = { tag: "Accounts", dialect: "platform", method: "POST", rateClass: "auth" } as const;

export const requestPasswordReset = defineEndpoint({
  ...common,
  id: "requestPasswordReset",
  summary: "Mail a link for a new password; the answer is the same for every address",
  path: "/api/auth/reset-password",
  access: "public",
  body: z.strictObject({ email: Email }),
  responses: { 202: { description: "If an account has this address, a mail is on its way", schema: Message } },
});

export const confirmPasswordReset = defineEndpoint({
  ...common,
  id: "confirmPasswordReset",
  summary: "Set a new password by a mailed link; ends all sessions",
  path: "/api/auth/reset-password-confirm",
  access: "public",
  body: z.strictObject({ token: MailedToken, new_password: NewPassword }),
  responses: { 200: { description: "The new password holds", schema: Message } },
});

export const verifyEmail = defineEndpoint({
  ...common,
  id: "verifyEmail",
  summary: "Prove by a mailed link that an address is yours: after registering, or after changing it",
  path: "/api/auth/verify-email",
  access: "public",
  body: z.strictObject({ token: MailedToken }),
  responses: {
    200: {
      description: "The address is verified",
      schema: z.strictObject({ message: z.string(), email: z.string() }).meta({ id: "VerifiedEmail" }),
    },
  },
});

export const resendVerification = defineEndpoint({
  ...common,
  id: "resendVerification",
  summary: "Mail the verification link of your address once more",
  path: "/api/auth/verify-email/resend",
  access: "session",
  responses: { 202: { description: "A mail is on its way, unless the address is verified already", schema: Message } },
});

export const changeEmail = defineEndpoint({
  ...common,
  id: "changeEmail",
  summary: "Ask for another address: a link goes to the new one, a notice to the present one",
  path: "/api/auth/change-email",
  access: "session",
  body: z.strictObject({
    new_email: Email,
    current_password: GivenPassword.optional().meta({
      description: "Needed of every account that has a password; others need a recent sign-in.",
    }),
  }),
  responses: { 202: { description: "A mail is on its way to the new address", schema: Message } },
});
