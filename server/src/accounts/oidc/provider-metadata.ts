import * as oauth from "oauth4webapi";
import type { Clock } from "../../platform/time/clock.ts";
import { ProviderUnreachable } from "./provider-fetch.ts";

interface ProviderMetadataDependencies {
  issuer: URL;
  options: oauth.DiscoveryRequestOptions;
  clock: Clock;
}

export interface ProviderMetadata {
  /** What the provider says of itself; kept for an hour. */
  get(): Promise<oauth.AuthorizationServer>;
  /** The same with no keys remembered: the provider has signed with one that it did not publish before. */
  withFreshKeys(): Promise<oauth.AuthorizationServer>;
}

const keepMs = 3_600_000;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/** Signatures that prove who signed. "none" and those with a shared secret do not. */
const acceptedAlgorithms = new Set([
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "Ed25519",
  "EdDSA",
]);

/** OpenID Connect Discovery: a provider that names no algorithm signs by RS256. */
const withAcceptedAlgorithms = (metadata: oauth.AuthorizationServer): oauth.AuthorizationServer => ({
  ...metadata,
  id_token_signing_alg_values_supported: (metadata.id_token_signing_alg_values_supported ?? ["RS256"]).filter(
    (algorithm) => acceptedAlgorithms.has(algorithm),
  ),
});

/**
 * Asks the provider for its metadata when they are first needed. An outage at the start of the server costs nothing; one
 * later is not noticed while they are young, and bridged with the old ones after. Between failed attempts it pauses.
 */
export function createProviderMetadata({ issuer, options, clock }: ProviderMetadataDependencies): ProviderMetadata {
  let known: { metadata: oauth.AuthorizationServer; atMs: number } | undefined;
  let loading: Promise<oauth.AuthorizationServer> | undefined;
  let failures = 0;
  let nextTryAtMs = 0;
  let lastError: unknown;

  async function load(): Promise<oauth.AuthorizationServer> {
    try {
      const response = await oauth.discoveryRequest(issuer, options);
      const metadata = withAcceptedAlgorithms(await oauth.processDiscoveryResponse(issuer, response));
      known = { metadata, atMs: clock.now().getTime() };
      failures = 0;
      return metadata;
    } catch (error) {
      lastError = error;
      nextTryAtMs = clock.now().getTime() + Math.min(firstPauseMs * 2 ** Math.min(failures, 10), longestPauseMs);
      failures += 1;
      if (known !== undefined) return known.metadata;
      throw error;
    }
  }

  async function get(): Promise<oauth.AuthorizationServer> {
    const nowMs = clock.now().getTime();
    if (known !== undefined && nowMs - known.atMs < keepMs) return known.metadata;
    const pauses = failures > 0 && nowMs < nextTryAtMs;
    if (pauses && known !== undefined) return known.metadata;
    if (pauses) throw new ProviderUnreachable("it failed a moment ago", lastError);
    loading ??= load().finally(() => (loading = undefined));
    return loading;
  }

  return {
    get,
    async withFreshKeys() {
      // The library keeps keys by the metadata object that they were loaded for.
      const metadata = { ...(await get()) };
      if (known !== undefined) known = { ...known, metadata };
      return metadata;
    },
  };
}
