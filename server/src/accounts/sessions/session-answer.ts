import type { IncomingHttpHeaders } from "node:http";
import type { SignedIn } from "@llm-tuner/contract/accounts.ts";
import { isCookieMode, type SessionCookies } from "../../platform/http/session-cookies.ts";
import type { IssuedTokens } from "./issued-tokens.ts";

/** What a route answers whoever just opened or renewed a session. */
interface SessionAnswer {
  headers: Record<string, string | string[]>;
  body: SignedIn;
}

/** Tokens in the body; or, where the request asks for it, in cookies, and then in no body that a script could read. */
export function sessionAnswer(
  { sessionEndsInSeconds, ...tokens }: IssuedTokens,
  requestHeaders: IncomingHttpHeaders,
  cookies: SessionCookies,
): SessionAnswer {
  if (!isCookieMode(requestHeaders)) return { headers: {}, body: tokens };
  const { user, access_token: accessToken, refresh_token: refreshToken, expires_in: expiresInSeconds } = tokens;
  return {
    headers: { "set-cookie": cookies.issue({ accessToken, refreshToken, expiresInSeconds, sessionEndsInSeconds }) },
    body: { user, token_type: "cookie", expires_in: expiresInSeconds },
  };
}
