import type { Tokens, User } from "@llm-tuner/contract/accounts.ts";
import type { OpenedSession } from "./sessions.usecases.ts";

/** A session's tokens with its person; the routes decide whether they go into the body or into cookies. */
export interface IssuedTokens extends Tokens {
  sessionEndsInSeconds: number;
}

export const toIssuedTokens = (user: User, session: OpenedSession): IssuedTokens => ({
  user,
  access_token: session.accessToken,
  refresh_token: session.refreshToken,
  token_type: "bearer",
  expires_in: session.expiresInSeconds,
  sessionEndsInSeconds: session.sessionEndsInSeconds,
});
