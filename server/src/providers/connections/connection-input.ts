import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import { apiKeyNeeded, baseUrlRefused, connectionNameReserved, headerRefused } from "../providers.errors.ts";
import { type HttpRule, parseBaseUrl, usualBaseUrlOf } from "./base-url.ts";
import type { ConnectionSecrets } from "./connection-secrets.ts";

/** Words that stand for a provider, with the kind of the connections that may have them as their name. */
const reservedNames: ReadonlyMap<string, ProviderKind | null> = new Map([
  ["openai", "openai"],
  ["anthropic", "anthropic"],
  ["gemini", "gemini"],
  ["openai-compatible", null],
  ["tuned", null],
]);

/** Headers that belong to the transport or to the body; the gateway sets them itself. */
const transportHeaders = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export function checkName(name: string, kind: ProviderKind): void {
  const allowed = reservedNames.get(name);
  if (allowed !== undefined && allowed !== kind) throw connectionNameReserved(name);
}

export function baseUrlOf(text: string | undefined, { kind, http }: { kind: ProviderKind; http: HttpRule }): string {
  const given = text ?? usualBaseUrlOf(kind);
  if (given === null) throw baseUrlRefused("is needed for a server of this kind");
  const parsed = parseBaseUrl(given, { kind, http });
  if ("fault" in parsed) throw baseUrlRefused(parsed.fault);
  return parsed.url;
}

export function checkSecrets(kind: ProviderKind, { apiKey, headers }: ConnectionSecrets): void {
  if (apiKey === null && kind !== "openai-compatible") throw apiKeyNeeded();
  const seen = new Set<string>();
  for (const { name } of headers) {
    const lower = name.toLowerCase();
    if (transportHeaders.has(lower)) throw headerRefused(name, "is set by the gateway itself");
    if (seen.has(lower)) throw headerRefused(name, "stands there twice");
    seen.add(lower);
  }
}
