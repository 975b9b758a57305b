import type { IncomingHttpHeaders } from "node:http";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { AppError } from "../errors.ts";
import type { Authenticator, Caller, PresentedCredentials } from "./caller.ts";
import {
  adminRequired,
  ambiguousCredentials,
  authenticationRequired,
  clientTokenRefused,
  insufficientScope,
  malformedAuthorization,
  sessionRequired,
} from "./http.errors.ts";
import type { SessionCookies } from "./session-cookies.ts";

/** Credentials as they stand in the headers. More than one kind is refused: which of them counts must never be a guess. */
function presentedCredentials(headers: IncomingHttpHeaders, cookies: SessionCookies): PresentedCredentials {
  const { authorization, origin } = headers;
  const apiKey = headers["x-api-key"];
  const cookie = cookies.accessTokenOf(headers);
  const kinds = [authorization, apiKey, cookie].filter((credential) => credential !== undefined);
  if (kinds.length > 1 || Array.isArray(apiKey)) throw ambiguousCredentials();
  const from = origin === undefined ? {} : { origin };
  if (apiKey !== undefined) return { apiKey, ...from };
  if (cookie !== undefined) return { cookie, ...from };
  if (authorization === undefined) return from;
  const bearer = /^Bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) throw malformedAuthorization();
  return { bearer, ...from };
}

/** Whether the caller may use the endpoint; throws a 401 or 403 when not. */
export function requireAccess(endpoint: Endpoint, caller: Caller | null): void {
  if (endpoint.access === "public" || (endpoint.access === "optional" && caller === null)) return;
  if (caller === null) throw authenticationRequired();
  if (endpoint.access === "session" || endpoint.access === "admin") {
    if (caller.sessionId === null) throw sessionRequired();
    if (endpoint.access === "admin" && caller.role !== "admin") throw adminRequired();
    return;
  }
  // It lies in other people's browsers: what chats with a model must not list or download the models of its owner.
  if (caller.clientTokenId !== null && endpoint.dialect === "platform") throw clientTokenRefused();
  // An endpoint without a scope is a fault of the contract, and closed to keys until it has one.
  if (endpoint.scope === undefined || !caller.scopes.has(endpoint.scope))
    throw insufficientScope(endpoint.scope ?? "(none)");
}

interface Proof {
  authenticator: Authenticator;
  cookies: SessionCookies;
}

/** Who calls; a public route is not closed to somebody whose token has just expired. */
export async function identify(
  endpoint: Endpoint,
  headers: IncomingHttpHeaders,
  { authenticator, cookies }: Proof,
): Promise<Caller | null> {
  try {
    return await authenticator.authenticate(presentedCredentials(headers, cookies));
  } catch (error) {
    if (endpoint.access === "public" && error instanceof AppError && error.status < 500) return null;
    throw error;
  }
}
