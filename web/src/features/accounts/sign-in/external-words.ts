import type { ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";

/** How a sign-in at the provider ended, for the person; undefined when there is nothing to say. */
export const externalWords = (
  { outcome, code }: ExternalSignInMessage,
  provider: string,
): { tone: "info" | "failure"; text: string } | undefined => {
  switch (outcome) {
    case "signed_in":
    case "password_required":
      return undefined;
    case "verification_sent":
      return {
        tone: "info",
        text: `Look into your mailbox: ${provider} has not verified your address, so a link is on its way to it. Open the link, then sign in again.`,
      };
    case "cancelled":
      return { tone: "info", text: `You stopped at ${provider}. Nothing was changed.` };
    case "failed":
      return {
        tone: "failure",
        text: `Signing in with ${provider} did not work${code === null ? "" : ` (${code.replaceAll("_", " ")})`}. Try again, or use your password.`,
      };
  }
};
