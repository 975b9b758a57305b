import { Email, FullName } from "@llm-tuner/contract/accounts.ts";
import * as oauth from "oauth4webapi";
import { z } from "zod";
import { unstorableIn } from "../../platform/text/storable-text.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { type ExternalPerson, type OidcClient, ProviderFailure, type ProviderFailureKind } from "./oidc-client.ts";
import { createProviderFetch, type ProviderLimits, ProviderUnreachable } from "./provider-fetch.ts";
import { createProviderMetadata } from "./provider-metadata.ts";

interface ClientOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  allowHttp: boolean;
  clock: Clock;
  limits?: ProviderLimits;
}

const clockToleranceSeconds = 30;
const scope = "openid email profile";

const isStorable = (text: string): boolean => unstorableIn(text) === undefined;

const Claims = z.object({
  email: Email.nullable().catch(null),
  // Some providers send the text "true", which is not what the standard says: it does not count.
  email_verified: z.literal(true).or(z.literal(false)).catch(false),
  name: FullName.refine(isStorable).nullable().catch(null),
  picture: z
    .url({ protocol: /^https$/ })
    .max(500)
    .refine(isStorable)
    .nullable()
    .catch(null),
});

const invalid = (reason: string): ProviderFailure => new ProviderFailure("invalid", reason);

function kindOf(error: unknown): ProviderFailureKind {
  if (error instanceof ProviderUnreachable) return "unreachable";
  if (error instanceof oauth.AuthorizationResponseError) {
    return ["access_denied", "interaction_required", "login_required"].includes(error.error) ? "cancelled" : "refused";
  }
  return error instanceof oauth.ResponseBodyError ? "refused" : "invalid";
}

async function asFailure<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    throw new ProviderFailure(kindOf(error), error);
  }
}

const isMissingKey = (error: unknown): boolean =>
  error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION;

function personOf(claims: { iss: string; sub: string }, said: unknown): ExternalPerson {
  if (!isStorable(claims.sub)) throw invalid("the subject is no text that can be kept");
  const { email, email_verified, name, picture } = Claims.parse(said);
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email,
    emailVerified: email !== null && email_verified,
    fullName: name,
    picture,
  };
}

/** The library asks for this symbol by name before it goes anywhere without TLS; the fetch beneath allows this machine only. */
const transport = ({
  allowHttp,
  limits,
}: ClientOptions): oauth.HttpRequestOptions<"GET" | "POST", URLSearchParams | undefined> => ({
  [oauth.customFetch]: (url, { body, headers, method }) =>
    createProviderFetch(allowHttp, limits)(url, { headers, method, ...(body === undefined ? {} : { body }) }),
  [oauth.allowInsecureRequests]: allowHttp,
});

/** The port on `oauth4webapi`, which checks state, issuer, audience, nonce, times and signature. */
export function createOauth4webapiClient(options: ClientOptions): OidcClient {
  const { clientSecret } = options;
  const client: oauth.Client = { client_id: options.clientId, [oauth.clockTolerance]: clockToleranceSeconds };
  const http = transport(options);
  const provider = createProviderMetadata({ issuer: new URL(options.issuer), options: http, clock: options.clock });

  const authenticationFor = ({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer) =>
    methods?.includes("client_secret_post") === true && !methods.includes("client_secret_basic")
      ? oauth.ClientSecretPost(clientSecret)
      : oauth.ClientSecretBasic(clientSecret);

  /** The standard lets a client trust the connection instead; a signature that is checked is worth more. */
  async function checkSignature(metadata: oauth.AuthorizationServer, answer: Response): Promise<void> {
    try {
      await oauth.validateApplicationLevelSignature(metadata, answer, http);
    } catch (error) {
      if (!isMissingKey(error)) throw error;
      await oauth.validateApplicationLevelSignature(await provider.withFreshKeys(), answer, http);
    }
  }

  /** Providers may keep the address out of the ID token and tell it only when asked. */
  async function askAbout(metadata: oauth.AuthorizationServer, subject: string, accessToken: string): Promise<unknown> {
    const answer = await oauth.userInfoRequest(metadata, client, accessToken, http);
    return oauth.processUserInfoResponse(metadata, client, subject, answer);
  }

  return {
    newBinding: () => ({
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
    }),

    authorizationUrl: ({ binding, redirectUri }) =>
      asFailure(async () => {
        const { authorization_endpoint: endpoint } = await provider.get();
        if (endpoint === undefined) throw invalid("the provider names no authorization endpoint");
        const url = new URL(endpoint);
        const isSafe = url.protocol === "https:" || (options.allowHttp && url.protocol === "http:");
        if (!isSafe) throw invalid("the provider's authorization endpoint has no TLS");
        const parameters = {
          response_type: "code",
          client_id: options.clientId,
          redirect_uri: redirectUri,
          scope,
          state: binding.state,
          nonce: binding.nonce,
          code_challenge: await oauth.calculatePKCECodeChallenge(binding.codeVerifier),
          code_challenge_method: "S256",
        };
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
        return url.href;
      }),

    exchange: ({ parameters, binding, redirectUri }) =>
      asFailure(async () => {
        const metadata = await provider.get();
        const accepted = oauth.validateAuthResponse(metadata, client, parameters, binding.state);
        const answer = await oauth.authorizationCodeGrantRequest(
          metadata,
          client,
          authenticationFor(metadata),
          accepted,
          redirectUri,
          binding.codeVerifier,
          http,
        );
        const checks = { expectedNonce: binding.nonce, requireIdToken: true };
        const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, answer, checks);
        await checkSignature(metadata, answer);
        const claims = oauth.getValidatedIdTokenClaims(tokens);
        if (claims === undefined) throw invalid("the provider sent no ID token");
        if (claims["email"] !== undefined || metadata.userinfo_endpoint === undefined) return personOf(claims, claims);
        return personOf(claims, await askAbout(metadata, claims.sub, tokens.access_token));
      }),

    isReachable: () =>
      provider.get().then(
        () => true,
        () => false,
      ),
  };
}
