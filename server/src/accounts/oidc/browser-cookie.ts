import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { cookieOf } from "../../platform/http/session-cookies.ts";

/** A secret that one browser keeps while somebody signs in with it; the database has its hash. */
export interface BrowserCookie {
  /** Undefined when there is none, or one that cannot be ours. */
  tokenOf(headers: IncomingHttpHeaders): string | undefined;
  set(token: string): string;
  clear(): string;
}

export const browserTokenMinutes = 10;
const tokenBytes = 32;
const tokenForm = /^[\w-]{43}$/;

export const newBrowserToken = (): string => randomBytes(tokenBytes).toString("base64url");

export const hashOf = (text: string): Uint8Array => createHash("sha256").update(text).digest();

/** Lax, not Strict: the browser comes back to us from the provider's page. */
export function createBrowserCookie(publicUrl: () => string): BrowserCookie {
  const isSecure = () => publicUrl().startsWith("https:");
  const name = () => `${isSecure() ? "__Host-" : ""}llm-tuner-oidc`;
  const line = (value: string, maxAgeSeconds: number): string =>
    [
      `${name()}=${value}`,
      "Path=/",
      `Max-Age=${maxAgeSeconds}`,
      "HttpOnly",
      ...(isSecure() ? ["Secure"] : []),
      "SameSite=Lax",
    ].join("; ");
  return {
    tokenOf(headers) {
      const token = cookieOf(headers, name());
      return token !== undefined && tokenForm.test(token) ? token : undefined;
    },
    set: (token) => line(token, browserTokenMinutes * 60),
    clear: () => line("", 0),
  };
}
