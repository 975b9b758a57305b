import type { RefusalListener } from "../platform/http/admission.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { Log } from "../platform/log/log.ts";
import { currentRequest, inRequestContext } from "../platform/request-context/request-context.ts";
import { createOnceAMinute } from "../platform/time/once-a-minute.ts";

/** Tells of callers whom the gateway refused for want of a scope as the platform's own routes do: once a minute for each. */
export function createGatewayRefusals(onRefused: RefusalListener, log: Log): (caller: Caller) => void {
  const isFirst = createOnceAMinute(() => performance.now());
  return (caller) => {
    const request = currentRequest();
    const endpoint = request?.endpoint;
    const credential = caller.clientTokenId ?? caller.apiKeyId ?? "session";
    if (request === undefined || endpoint === undefined) return;
    if (!isFirst(`${caller.userId} ${credential} ${endpoint.id}`)) return;
    inRequestContext({ ...request, caller }, () => onRefused(caller, endpoint)).catch((error: unknown) =>
      log.error({ error, requestId: request.requestId, endpoint: endpoint.id }, "a refusal could not be noted"),
    );
  };
}
