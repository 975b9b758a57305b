import {
  changeEmail,
  confirmPasswordReset,
  requestPasswordReset,
  resendVerification,
  verifyEmail,
} from "@llm-tuner/contract/mailed-links.ts";
import { networkOf } from "../../platform/http/network.ts";
import { type Route, route } from "../../platform/http/route.ts";
import { sessionOriginOf } from "../sessions/session-origin.ts";
import { signedInPerson } from "../sessions/signed-in-person.ts";
import type { EmailAddressUsecases } from "./email-address.usecases.ts";
import type { PasswordResetUsecases } from "./password-reset.usecases.ts";

interface RouteDependencies {
  passwordReset: PasswordResetUsecases;
  emailAddress: EmailAddressUsecases;
}

export const createMailedLinkRoutes = ({ passwordReset, emailAddress }: RouteDependencies): readonly Route[] => [
  route(requestPasswordReset, async ({ body, address }) => {
    await passwordReset.request(body.email, networkOf(address));
    return { status: 202, body: { message: "If an account has this address, a mail is on its way to it." } };
  }),
  route(confirmPasswordReset, async ({ body, address }) => {
    await passwordReset.confirm({ token: body.token, password: body.new_password, network: networkOf(address) });
    return { status: 200, body: { message: "Your new password holds. Sign in with it." } };
  }),
  route(verifyEmail, async ({ body }) => ({
    status: 200,
    body: { message: "This address is verified.", email: await emailAddress.verify(body.token) },
  })),
  route(resendVerification, async ({ caller, address }) => {
    await emailAddress.resend(signedInPerson(caller), networkOf(address));
    return { status: 202, body: { message: "A mail is on its way to you, unless your address is verified already." } };
  }),
  route(changeEmail, async (input) => {
    await emailAddress.requestChange({
      person: signedInPerson(input.caller),
      newEmail: input.body.new_email,
      password: input.body.current_password,
      origin: sessionOriginOf(input),
    });
    return { status: 202, body: { message: "A mail is on its way to the new address. Open the link in it." } };
  }),
];
