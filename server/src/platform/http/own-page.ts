import type { IncomingHttpHeaders } from "node:http";
import { csrfRefused } from "./http.errors.ts";
import { isCookieMode, type SessionCookies } from "./session-cookies.ts";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

interface BrowserCall {
  method: string;
  headers: IncomingHttpHeaders;
  /** Of this installation, as its pages have it. */
  ownOrigin: string;
}

/** A page cannot choose either header; a browser that sends no Origin says at least whose page calls. */
const isFromOwnPage = ({ headers, ownOrigin }: BrowserCall): boolean =>
  headers.origin === undefined ? headers["sec-fetch-site"] === "same-origin" : headers.origin === ownOrigin;

/** The origin as browsers write it, of settings or of what the request says of itself. */
export function ownOriginOf(publicUrl: string | undefined, request: { protocol: string; host: string }): string {
  const url = publicUrl ?? `${request.protocol}://${request.host}`;
  return URL.canParse(url) ? new URL(url).origin : "";
}

/**
 * Cookies are sent by the browser whoever wrote the page. So a call that changes something with them, or that asks for
 * them, must carry a header that only a script can set, and come from a page of this installation.
 */
export function refuseForgedCall(call: BrowserCall, cookies: SessionCookies): void {
  if (safeMethods.has(call.method)) return;
  const { headers } = call;
  const asksForCookies = isCookieMode(headers);
  const carriesCookies = cookies.accessTokenOf(headers) !== undefined || cookies.refreshTokenOf(headers) !== undefined;
  if (!asksForCookies && !carriesCookies) return;
  if (!asksForCookies || !isFromOwnPage(call)) throw csrfRefused();
}
