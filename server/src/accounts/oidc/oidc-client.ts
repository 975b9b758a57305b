/** What a provider says of the person who signed in there; nothing of it is believed further than the provider is. */
export interface ExternalPerson {
  issuer: string;
  subject: string;
  /** Null when the provider names none, or none that could be one. In small letters. */
  email: string | null;
  /** True only when the provider says so in as many words. */
  emailVerified: boolean;
  fullName: string | null;
  picture: string | null;
}

/** What binds the answer of the provider to one sign-in. The last two are secret until then. */
export interface SignInBinding {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/**
 * - `unreachable`: trying again later may help;
 * - `cancelled`: the person did not want to;
 * - `refused`: the provider does not let this person, or this installation, sign in;
 * - `invalid`: the answer does not hold, whoever wrote it.
 */
export type ProviderFailureKind = "unreachable" | "cancelled" | "refused" | "invalid";

export class ProviderFailure extends Error {
  readonly kind: ProviderFailureKind;

  constructor(kind: ProviderFailureKind, cause: unknown) {
    super(`Sign-in with the provider failed: ${kind}.`, { cause });
    this.name = "ProviderFailure";
    this.kind = kind;
  }
}

/** One OpenID Connect provider. Everything but `newBinding` may throw a `ProviderFailure`. */
export interface OidcClient {
  newBinding(): SignInBinding;
  /** Where the browser is sent. */
  authorizationUrl(request: { binding: SignInBinding; redirectUri: string }): Promise<string>;
  /** Judges what the browser brought back and asks the provider who it is. */
  exchange(request: {
    parameters: URLSearchParams;
    binding: SignInBinding;
    redirectUri: string;
  }): Promise<ExternalPerson>;
  /** Whether the provider can be reached at this moment. */
  isReachable(): Promise<boolean>;
}
