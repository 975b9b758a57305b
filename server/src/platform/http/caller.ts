import type { LockedParameters } from "@llm-tuner/contract/client-tokens.ts";
import type { Scope } from "@llm-tuner/contract/endpoint.ts";
import type { Awaitable } from "@llm-tuner/gateway/awaitable.ts";

/** Something that may be used up: counted under `subject`, in all or in each calendar month or day (UTC). */
export interface SpendBound {
  /** Whose counter it is, such as `key:key_4Yt…`, `client_token:ct_…`, `user:user_…`. */
  subject: string;
  period: "total" | "month" | "day";
  limitNanoUsd: number | null;
  maxRequests: number | null;
}

/** What a credential narrows; an access token of a signed-in person narrows nothing. */
export interface CallerBounds {
  /** Names of models, `*` at the end standing for anything; null for every model. */
  allowedModels: readonly string[] | null;
  spend: readonly SpendBound[];
  /** Parameters of a request that the caller may not choose. */
  locked: LockedParameters | null;
  /** A bundle of limits that counts for this credential alone, besides the account's own. */
  tier: { name: string; subject: string } | null;
}

export const noBounds: CallerBounds = { allowedModels: null, spend: [], locked: null, tier: null };

/** Who makes a request, as far as the credentials proved it. */
export interface Caller {
  userId: string;
  role: "user" | "admin";
  /** Name of the account's bundle of limits. */
  tier: string;
  /** Present when the caller signed in; null for an API key and a client token. */
  sessionId: string | null;
  /** Present when an API key was used, or a client token that was made with one. */
  apiKeyId: string | null;
  /** Present when a client token was used. */
  clientTokenId: string | null;
  scopes: ReadonlySet<Scope>;
  bounds: CallerBounds;
  /** Headers that every answer to this caller carries, such as the end of an API key that was replaced. */
  notices: Readonly<Record<string, string>>;
}

/** Credentials as they stand in the headers; at most one kind may be present. */
export interface PresentedCredentials {
  /** Of the Authorization header: an access token, an API key or a client token. */
  bearer?: string;
  apiKey?: string;
  /** The access token of the web client's cookie. */
  cookie?: string;
  /** Of the page that calls, when a browser says it. */
  origin?: string;
}

/** Proves credentials. Resolves to null when none were presented; throws a 401 when they do not hold. */
export interface Authenticator {
  authenticate(credentials: PresentedCredentials): Awaitable<Caller | null>;
}
