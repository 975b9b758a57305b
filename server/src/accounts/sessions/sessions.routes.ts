import { listSessions, reauthenticate, revokeOtherSessions, revokeSession } from "@llm-tuner/contract/sessions.ts";
import { type Route, route } from "../../platform/http/route.ts";
import { isCookieMode, type SessionCookies } from "../../platform/http/session-cookies.ts";
import type { OwnSessions } from "./own-sessions.usecases.ts";
import { sessionOriginOf } from "./session-origin.ts";
import { signedInPerson } from "./signed-in-person.ts";

interface RouteDependencies {
  ownSessions: OwnSessions;
  cookies: SessionCookies;
}

export const createSessionRoutes = ({ ownSessions, cookies }: RouteDependencies): readonly Route[] => [
  route(listSessions, async ({ caller }) => ({
    status: 200,
    body: { sessions: await ownSessions.list(signedInPerson(caller)) },
  })),
  route(revokeSession, async ({ caller, params, headers }) => {
    await ownSessions.revoke(signedInPerson(caller), params.id);
    const endsCookies = params.id === caller.sessionId && isCookieMode(headers);
    return {
      status: 200,
      headers: endsCookies ? { "set-cookie": cookies.clear() } : {},
      body: { message: "The session is ended." },
    };
  }),
  route(revokeOtherSessions, async ({ caller }) => ({
    status: 200,
    body: { revoked: await ownSessions.revokeOthers(signedInPerson(caller)) },
  })),
  route(reauthenticate, async (input) => {
    const { caller, body } = input;
    const until = await ownSessions.reauthenticate(signedInPerson(caller), body.password, sessionOriginOf(input));
    return { status: 200, body: { recent_until: until.toISOString() } };
  }),
];
