import type { Scope } from "@llm-tuner/contract/endpoint.ts";

/** Who makes a request, as far as the credentials proved it. */
export interface Caller {
  userId: string;
  role: "user" | "admin";
  /** Present when the caller signed in; null for an API key. */
  sessionId: string | null;
  /** Present when an API key was used. */
  apiKeyId: string | null;
  scopes: ReadonlySet<Scope>;
}

/** Credentials as they stand in the headers; at most one kind may be present. */
export interface PresentedCredentials {
  bearer?: string;
  apiKey?: string;
}

/** Proves credentials. Resolves to null when none were presented; throws a 401 when they do not hold. */
export interface Authenticator {
  authenticate(credentials: PresentedCredentials): Promise<Caller | null>;
}
