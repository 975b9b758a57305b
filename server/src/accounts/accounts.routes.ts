import { jwks, login, logout, me, refresh, register } from "@llm-tuner/contract/accounts.ts";
import { networkOf } from "../platform/http/network.ts";
import { type HandlerInput, type Route, route } from "../platform/http/route.ts";
import { invalidAccessToken } from "./accounts.errors.ts";
import type { AccountUsecases } from "./accounts.usecases.ts";
import type { SessionOrigin } from "./sessions/sessions.store.ts";
import type { SessionUsecases } from "./sessions/sessions.usecases.ts";

interface RouteDependencies {
  accounts: AccountUsecases;
  sessions: Pick<SessionUsecases, "logout">;
  publicKeys: () => Promise<{ keys: Record<string, unknown>[] }>;
}

const maxUserAgentLength = 300;
/** A key is published weeks before it signs, so a copy may be kept for a while. */
const publicKeysCaching = "public, max-age=300";

const originOf = ({ address, headers }: Pick<HandlerInput<typeof login>, "address" | "headers">): SessionOrigin => ({
  address,
  network: networkOf(address),
  userAgent: headers["user-agent"]?.slice(0, maxUserAgentLength) ?? null,
});

export const createAccountRoutes = ({ accounts, sessions, publicKeys }: RouteDependencies): readonly Route[] => [
  route(register, async (input) => ({
    status: 201,
    body: await accounts.register(input.body, originOf(input)),
  })),
  route(login, async (input) => ({
    status: 200,
    body: await accounts.login(input.body, originOf(input)),
  })),
  route(refresh, async ({ body }) => ({
    status: 200,
    body: await accounts.refresh(body.refresh_token),
  })),
  route(logout, async ({ caller }) => {
    if (caller.sessionId === null) throw invalidAccessToken();
    await sessions.logout(caller.sessionId);
    return { status: 200, body: { message: "You are signed out." } };
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
