import { jwks, login, logout, me, refresh, register } from "@llm-tuner/contract/accounts.ts";
import { type HandlerInput, type Route, route } from "../platform/http/route.ts";
import { isCookieMode, type SessionCookies } from "../platform/http/session-cookies.ts";
import { ambiguousCredentials, invalidRequest } from "../platform/http/http.errors.ts";
import { invalidAccessToken, invalidRefreshToken } from "./accounts.errors.ts";
import type { AccountUsecases } from "./accounts.usecases.ts";
import { sessionAnswer } from "./sessions/session-answer.ts";
import { sessionOriginOf } from "./sessions/session-origin.ts";
import type { SessionUsecases } from "./sessions/sessions.usecases.ts";

interface RouteDependencies {
  accounts: AccountUsecases;
  sessions: Pick<SessionUsecases, "logout">;
  cookies: SessionCookies;
  publicKeys: () => Promise<{ keys: Record<string, unknown>[] }>;
}

/** A key is published weeks before it signs, so a copy may be kept for a while. */
const publicKeysCaching = "public, max-age=300";

/** The one token that is presented; the cookie counts only in cookie mode, which proves that the web client calls. */
function presentedRefreshToken(
  { body, headers }: Pick<HandlerInput<typeof refresh>, "body" | "headers">,
  cookies: SessionCookies,
): string {
  const cookie = isCookieMode(headers) ? cookies.refreshTokenOf(headers) : undefined;
  if (cookie !== undefined && body.refresh_token !== undefined) throw ambiguousCredentials();
  const token = body.refresh_token ?? cookie;
  if (token !== undefined) return token;
  if (isCookieMode(headers)) throw invalidRefreshToken();
  throw invalidRequest({ message: "No refresh token is given.", places: [{ field: "refresh_token" }] });
}

export const createAccountRoutes = ({
  accounts,
  sessions,
  cookies,
  publicKeys,
}: RouteDependencies): readonly Route[] => [
  route(register, async (input) => {
    const opened = await accounts.register(input.body, sessionOriginOf(input));
    if (opened === null) return { status: 202, body: { message: "A mail is on its way to you: open the link in it." } };
    return { status: 201, ...sessionAnswer(opened, input.headers, cookies) };
  }),
  route(login, async (input) => ({
    status: 200,
    ...sessionAnswer(await accounts.login(input.body, sessionOriginOf(input)), input.headers, cookies),
  })),
  route(refresh, async (input) => ({
    status: 200,
    ...sessionAnswer(await accounts.refresh(presentedRefreshToken(input, cookies)), input.headers, cookies),
  })),
  route(logout, async ({ caller, headers }) => {
    if (caller.sessionId === null) throw invalidAccessToken();
    await sessions.logout(caller.sessionId);
    return {
      status: 200,
      headers: isCookieMode(headers) ? { "set-cookie": cookies.clear() } : {},
      body: { message: "You are signed out." },
    };
  }),
  route(me, async ({ caller }) => {
    const user = await accounts.userById(caller.userId);
    if (user === undefined) throw invalidAccessToken();
    return { status: 200, body: user };
  }),
  route(jwks, async () => ({
    status: 200,
    headers: { "cache-control": publicKeysCaching },
    body: await publicKeys(),
  })),
];
