import type { Settings } from "./all-settings.ts";

const isLocal = (url: URL): boolean => {
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname);
  return host === "" || host.startsWith("/") || ["localhost", "127.0.0.1", "[::1]"].includes(host);
};

/** Where a provider of sign-in may be asked without TLS. */
const isLoopback = ({ hostname }: URL): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);

const hasTls = (url: URL): boolean =>
  ["require", "verify-ca", "verify-full"].includes(url.searchParams.get("sslmode") ?? "");

function oidcContradictions(accounts: Settings["accounts"]): string[] {
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcAllowHttp } = accounts;
  const faults: string[] = [];
  if ((oidcClientId === undefined) !== (oidcClientSecret === undefined)) {
    faults.push(
      "Of OIDC_CLIENT_ID and OIDC_CLIENT_SECRET only one is set. Set both to sign in with the provider, or none.",
    );
  }
  const issuer = new URL(oidcIssuer);
  if (issuer.protocol === "http:" && !(oidcAllowHttp && isLoopback(issuer))) {
    faults.push(
      "OIDC_ISSUER has no TLS. Name one with https; OIDC_ALLOW_HTTP lets only a provider on this very machine do without.",
    );
  }
  return faults;
}

/** Combinations that can never work, in whatever surroundings. */
export function contradictions({ server, mail, accounts }: Settings): string[] {
  const faults: string[] = [];
  if (server.mode !== "all" && server.databaseUrl === undefined) {
    faults.push(
      `PROCESS_MODE is "${server.mode}", but the embedded database belongs to one process. Set DATABASE_URL, or PROCESS_MODE to all.`,
    );
  }
  if (mail.smtp !== undefined && mail.sender === undefined) {
    faults.push(
      "SMTP_URL is set, but MAIL_FROM is not: mails need a sender, such as LLM Tuner <no-reply@example.org>.",
    );
  }
  return [...faults, ...oidcContradictions(accounts)];
}

/** What is fine for trying the server out and must not be where other people use it. */
export function unsafeInProduction({ server, http, accounts }: Settings): string[] {
  const faults: string[] = [];
  if (server.secretKey === undefined) {
    faults.push(
      "SECRET_KEY is not set: the key would lie beside the data that it protects. Set it to what `openssl rand -hex 32` prints, and keep a copy elsewhere.",
    );
  }
  if (http.publicUrl === undefined || !http.publicUrl.startsWith("https:")) {
    faults.push(
      "PUBLIC_URL is not an address with https: links in mails would lead elsewhere, and cookies and passwords would travel in the open. Set it to where people reach the server, such as https://tuner.example.org.",
    );
  }
  if (accounts.oidcAllowHttp) {
    faults.push("OIDC_ALLOW_HTTP lets sign-in with a provider go without TLS, which is for trying out. Take it out.");
  }
  if (http.trustedProxies.some((network) => network.endsWith("/0"))) {
    faults.push("TRUSTED_PROXIES trusts everybody: anyone could pretend to have any address. Name your proxies only.");
  }
  if (server.logLevel === "debug") faults.push("LOG_LEVEL is debug, which is too talkative. Set it to info.");
  if (server.databaseUrl !== undefined) {
    const url = new URL(server.databaseUrl);
    if (!isLocal(url) && !hasTls(url)) {
      faults.push("DATABASE_URL reaches another machine without TLS. Add ?sslmode=verify-full (or require).");
    }
  }
  return faults;
}
