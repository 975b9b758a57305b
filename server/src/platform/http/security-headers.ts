import type { ServerResponse } from "node:http";

// Scripts and styles come as files from this origin, never from within a page; nobody may frame it.
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  // No text becomes markup or code in the page, and nothing may make an exception.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  // The page that signs in opens the provider's in a popup, and must stay its opener.
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
};

const secureHeaders: Readonly<Record<string, string>> = {
  ...securityHeaders,
  "strict-transport-security": "max-age=31536000; includeSubDomains",
};

/** What stands on every answer; `secure` when the client came by https. */
export const securityHeadersFor = ({ secure }: { secure: boolean }): Readonly<Record<string, string>> =>
  secure ? secureHeaders : securityHeaders;

/** The same in pairs, made once and not for every answer. */
const pairs = { plain: Object.entries(securityHeaders), secure: Object.entries(secureHeaders) };

/** Set on the raw response, before anything else may answer: pages, files, errors and what the gateway writes itself. */
export function setSecurityHeaders(response: ServerResponse, { secure }: { secure: boolean }): void {
  for (const [name, value] of secure ? pairs.secure : pairs.plain) response.setHeader(name, value);
}
