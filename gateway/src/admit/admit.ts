import { missingApiKey, missingScope } from "../errors.ts";
import type { Admission, GatewayCaller, GatewayCredentials } from "../ports.ts";
import type { GatewayRequest } from "../receive/exchange.ts";

/** Credentials of a request, from `Authorization: Bearer …` and `X-API-Key`; undefined when there are none. */
const credentialsOf = (request: Pick<GatewayRequest, "header">): GatewayCredentials | undefined => {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
  const apiKey = request.header("x-api-key")?.trim();
  if (bearer === undefined && !apiKey) return undefined;
  return { ...(bearer === undefined ? {} : { bearer }), ...(apiKey ? { apiKey } : {}) };
};

/** Who calls, with the scope proved. Throws 401 without valid credentials and 403 without the scope. */
export const admit = async ({
  admission,
  request,
  scope,
}: {
  admission: Admission;
  request: Pick<GatewayRequest, "header">;
  scope: string;
}): Promise<GatewayCaller> => {
  const credentials = credentialsOf(request);
  if (credentials === undefined) throw missingApiKey();
  const caller = await admission.authenticate(credentials);
  if (!caller.scopes.has(scope)) throw missingScope(scope);
  return caller;
};
