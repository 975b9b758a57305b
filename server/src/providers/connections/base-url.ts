import { isIPv4, isIPv6 } from "node:net";
import type { ProviderKind } from "@llm-tuner/contract/providers.ts";

/** Which hosts may be asked without TLS. */
export const httpRules = ["none", "loopback", "private"] as const;
export type HttpRule = (typeof httpRules)[number];

/** Where each kind lives when nobody says otherwise. */
const usualBaseUrls: Readonly<Record<ProviderKind, string | null>> = {
  openai: "https://api.openai.com",
  anthropic: "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
  "openai-compatible": null,
};

export const usualBaseUrlOf = (kind: ProviderKind): string | null => usualBaseUrls[kind];

/** The version is part of the paths that the gateway asks for, so one at the end would stand there twice. */
const versionAtEnd: Readonly<Record<ProviderKind, RegExp>> = {
  openai: /\/v1$/,
  anthropic: /\/v1$/,
  gemini: /\/v1(?:beta)?$/,
  "openai-compatible": /\/v1$/,
};

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIPv4(host) && host.startsWith("127."));

const privateAddresses = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^f[cd][0-9a-f]{2}:/;

/** Names without a dot are those of containers and of the local network. */
const isPrivate = (host: string): boolean => {
  if (isIPv4(host) || isIPv6(host)) return privateAddresses.test(host);
  return !host.includes(".") || /\.(?:local|internal|lan)$/.test(host);
};

const ruleWords: Readonly<Record<HttpRule, string>> = {
  none: "must begin with https://: the setting PROVIDER_HTTP allows no address without TLS",
  loopback:
    "must begin with https://: without TLS only this very machine may be named (localhost, 127.0.0.1), unless the setting PROVIDER_HTTP is private",
  private: "must begin with https://: without TLS only this machine and private networks may be named",
};

function isAllowed({ protocol, hostname }: URL, http: HttpRule): boolean {
  if (protocol === "https:") return true;
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "http:" || http === "none") return false;
  return isLoopback(host) || (http === "private" && isPrivate(host));
}

/** The address as it is kept, without a version and without a slash at its end; or why it cannot be one, for people. */
export function parseBaseUrl(
  text: string,
  { kind, http }: { kind: ProviderKind; http: HttpRule },
): { url: string } | { fault: string } {
  if (!URL.canParse(text)) return { fault: "must be an address such as https://api.example.com" };
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return { fault: "must begin with https:// (or http://, where that is allowed)" };
  if (url.username !== "" || url.password !== "") {
    return { fault: "must hold no user name and no password: credentials belong into api_key and headers" };
  }
  if (/[?#]/.test(text)) return { fault: "must have no query and no fragment" };
  if (!isAllowed(url, http)) return { fault: ruleWords[http] };
  const path = url.pathname.replace(/\/+$/, "").replace(versionAtEnd[kind], "").replace(/\/+$/, "");
  return { url: url.origin + path };
}
