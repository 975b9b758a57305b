import type { IncomingHttpHeaders } from "node:http";
import { sessionModeHeader } from "@llm-tuner/contract/accounts.ts";

/** What a session's cookies are made of. */
interface CookieTokens {
  accessToken: string;
  refreshToken: string;
  /** Of the access token. */
  expiresInSeconds: number;
  /** Until the session ends, however often it is refreshed. */
  sessionEndsInSeconds: number;
}

/** A session that lives in the browser's cookies. Each list holds whole `Set-Cookie` lines. */
export interface SessionCookies {
  issue(tokens: CookieTokens): string[];
  clear(): string[];
  accessTokenOf(headers: IncomingHttpHeaders): string | undefined;
  refreshTokenOf(headers: IncomingHttpHeaders): string | undefined;
}

/** The only address that the refresh cookie is sent to. */
const refreshPath = "/api/auth/refresh";

interface CookieLine {
  name: string;
  value: string;
  path: string;
  sameSite: "Lax" | "Strict";
  maxAgeSeconds: number;
}

/** The only value of a cookie; a second one of the same name was slipped in by somebody, so then neither counts. */
export function cookieOf({ cookie = "" }: IncomingHttpHeaders, name: string): string | undefined {
  const values = cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && values[0] !== "" ? values[0] : undefined;
}

/** Whether the caller asks for a session in cookies, or calls with one. */
export const isCookieMode = (headers: IncomingHttpHeaders): boolean =>
  headers[sessionModeHeader.name] === sessionModeHeader.cookie;

/**
 * Under https the names carry prefixes by which browsers make sure that no other host and no plain page has set them.
 * Over plain http, which is for trying out, browsers would drop such cookies and any `Secure` one.
 */
export function createSessionCookies(publicUrl: () => string): SessionCookies {
  const isSecure = () => publicUrl().startsWith("https:");
  const accessName = () => `${isSecure() ? "__Host-" : ""}llm-tuner-access`;
  const refreshName = () => `${isSecure() ? "__Secure-" : ""}llm-tuner-refresh`;

  const line = ({ name, value, path, sameSite, maxAgeSeconds }: CookieLine): string =>
    [
      `${name}=${value}`,
      `Path=${path}`,
      `Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`,
      "HttpOnly",
      ...(isSecure() ? ["Secure"] : []),
      `SameSite=${sameSite}`,
    ].join("; ");
  const access = (value: string, maxAgeSeconds: number) =>
    line({ name: accessName(), value, path: "/", sameSite: "Lax", maxAgeSeconds });
  const refresh = (value: string, maxAgeSeconds: number) =>
    line({ name: refreshName(), value, path: refreshPath, sameSite: "Strict", maxAgeSeconds });

  return {
    issue: ({ accessToken, refreshToken, expiresInSeconds, sessionEndsInSeconds }) => [
      access(accessToken, expiresInSeconds),
      refresh(refreshToken, sessionEndsInSeconds),
    ],
    clear: () => [access("", 0), refresh("", 0)],
    accessTokenOf: (headers) => cookieOf(headers, accessName()),
    refreshTokenOf: (headers) => cookieOf(headers, refreshName()),
  };
}
