import { type Awaitable, goOnWith } from "../awaitable.ts";
import { missingApiKey, missingScope } from "../errors.ts";
import type { Admission, GatewayCaller, GatewayCredentials } from "../ports.ts";
import type { GatewayRequest } from "../receive/exchange.ts";
import type { RequestContext } from "../request-context.ts";

/** Credentials of a request, from `Authorization: Bearer …` and `X-API-Key`; undefined when there are none. */
const credentialsOf = (request: Pick<GatewayRequest, "header">): GatewayCredentials | undefined => {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
  const apiKey = request.header("x-api-key")?.trim();
  if (bearer === undefined && !apiKey) return undefined;
  const origin = request.header("origin");
  return {
    ...(bearer === undefined ? {} : { bearer }),
    ...(apiKey ? { apiKey } : {}),
    ...(origin === undefined ? {} : { origin }),
  };
};

/** Who calls, with the scope proved; from then on every answer carries the caller's headers. Throws 401 without valid credentials and 403 without the scope. */
export const admit = ({
  admission,
  request,
  scope,
  context,
}: {
  admission: Admission;
  request: Pick<GatewayRequest, "header">;
  scope: string;
  context: Pick<RequestContext, "headers">;
}): Awaitable<GatewayCaller> => {
  const credentials = credentialsOf(request);
  if (credentials === undefined) throw missingApiKey();
  return goOnWith(admission.authenticate(credentials), (caller) => {
    Object.assign(context.headers, caller.headers);
    if (!caller.scopes.has(scope)) {
      admission.onRefused?.(caller);
      throw missingScope(scope);
    }
    return caller;
  });
};
