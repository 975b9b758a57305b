import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import { GatewayError, invalidApiKey, rateLimited, toGatewayError } from "@llm-tuner/gateway/errors.ts";
import type { Admission, GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import { isClientToken, type KeysModule } from "../keys/keys.module.ts";
import { AppError } from "../platform/errors.ts";
import type { Authenticator, Caller } from "../platform/http/caller.ts";
import type { UsageModule } from "../usage/usage.module.ts";

/** The one who can prove a credential is told by its form: access tokens are JWTs, API keys begin with a prefix. */
export function createAuthenticator(accounts: AccountsModule, keys: KeysModule): Authenticator {
  const ofKeys = (secret: string, origin: string | undefined): Awaitable<Caller> =>
    isClientToken(secret) ? keys.authenticateClientToken(secret, origin) : keys.authenticateApiKey(secret);
  return {
    authenticate({ bearer, apiKey, cookie, origin }) {
      // The web client's cookie holds an access token and nothing else: an API key in it proves nothing.
      if (cookie !== undefined) return accounts.authenticateAccessToken(cookie);
      if (apiKey !== undefined) return ofKeys(apiKey, origin);
      if (bearer === undefined) return null;
      return bearer.startsWith("lp_") ? ofKeys(bearer, origin) : accounts.authenticateAccessToken(bearer);
    },
  };
}

const asGatewayCaller = ({ userId, apiKeyId, scopes, tier, bounds, notices }: Caller): GatewayCaller => ({
  accountId: userId,
  keyId: apiKeyId,
  scopes,
  tier,
  bounds,
  headers: notices,
});

function asGatewayError(error: unknown): GatewayError {
  if (!(error instanceof AppError)) return toGatewayError(error);
  const { status, code, message, details } = error;
  if (status === 401 && !code.startsWith("client_token_")) return invalidApiKey(message, error);
  // A page whose token has ended is to know it from one that was never good: it asks for another.
  if (status === 401) {
    return new GatewayError({ status, code, type: "authentication_error", message, retryable: false, cause: error });
  }
  if (status === 429) return rateLimited({ message, retryAfterSeconds: details?.retry_after_seconds ?? 60 });
  const type = status >= 500 ? "server_error" : "permission_error";
  return new GatewayError({ status, code, type, message, retryable: status >= 500, cause: error });
}

function refuse(error: unknown): never {
  throw asGatewayError(error);
}

/**
 * The gateway's question who calls, answered by accounts and keys; usage counts the call. `noteRefusal` hears of a caller
 * without the scope.
 */
export function createAdmission(
  authenticator: Authenticator,
  { countCall }: Pick<UsageModule, "countCall">,
  noteRefusal: (caller: Caller) => void = () => undefined,
): Admission {
  // A key's caller is the same object for many requests.
  const gatewayCallers = new WeakMap<Caller, GatewayCaller>();
  const callers = new WeakMap<GatewayCaller, Caller>();

  function gatewayCallerOf(caller: Caller): GatewayCaller {
    const known = gatewayCallers.get(caller);
    if (known !== undefined) return known;
    const gatewayCaller = asGatewayCaller(caller);
    gatewayCallers.set(caller, gatewayCaller);
    callers.set(gatewayCaller, caller);
    return gatewayCaller;
  }

  return {
    authenticate(credentials) {
      try {
        const admitted = goOnWith(authenticator.authenticate(credentials), (caller) => {
          if (caller === null) throw invalidApiKey();
          return goOnWith(countCall(caller), () => gatewayCallerOf(caller));
        });
        return admitted instanceof Promise ? admitted.catch(refuse) : admitted;
      } catch (error) {
        return refuse(error);
      }
    },
    onRefused(gatewayCaller) {
      const caller = callers.get(gatewayCaller);
      if (caller !== undefined) noteRefusal(caller);
    },
  };
}
