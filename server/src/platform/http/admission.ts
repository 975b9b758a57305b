import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { inRequestContext } from "../request-context/request-context.ts";
import { identify, requireAccess } from "./access.ts";
import type { Authenticator, Caller } from "./caller.ts";
import { toAppError } from "./error-answer.ts";
import { networkOf } from "./network.ts";
import { createOnceAMinute } from "../time/once-a-minute.ts";
import { ownOriginOf, refuseForgedCall } from "./own-page.ts";
import type { RateLimits } from "./rate-limits.ts";
import { createSessionCookies } from "./session-cookies.ts";

/** Hears of a caller who may not use an endpoint, at most once a minute for both; its answer is not waited for. */
export type RefusalListener = (caller: Caller, endpoint: Endpoint) => Promise<void>;

interface AdmissionDependencies {
  authenticator: Authenticator;
  limits: RateLimits;
  publicUrl: string | undefined;
  onRefused?: RefusalListener | undefined;
  log: Log;
}

type Admit = (request: FastifyRequest, reply: FastifyReply, endpoint: Endpoint) => Promise<void>;

const isForbidden = (error: unknown): boolean => error instanceof AppError && error.status === 403;

/** Proves who calls and takes the call from the right bucket, before anything of the body is read. */
export function createAdmission({ authenticator, limits, publicUrl, onRefused, log }: AdmissionDependencies): Admit {
  // Without a public address the server listens on plain http, whatever a proxy before it does.
  const cookies = createSessionCookies(() => publicUrl ?? "http:");
  const isFirst = createOnceAMinute(() => performance.now());

  function tell(request: FastifyRequest, caller: Caller, endpoint: Endpoint): void {
    const credential = caller.clientTokenId ?? caller.apiKeyId ?? "session";
    if (onRefused === undefined || !isFirst(`${caller.userId} ${credential} ${endpoint.id}`)) return;
    const userAgent = request.headers["user-agent"] ?? null;
    const context = { requestId: request.id, caller, address: request.ip, userAgent };
    inRequestContext(context, () => onRefused(caller, endpoint)).catch((error: unknown) =>
      log.error({ error, requestId: request.id, endpoint: endpoint.id }, "a refusal could not be noted"),
    );
  }

  function requireRight(request: FastifyRequest, endpoint: Endpoint): void {
    const { caller } = request;
    try {
      requireAccess(endpoint, caller);
    } catch (error) {
      if (caller !== null && isForbidden(error)) tell(request, caller, endpoint);
      throw error;
    }
  }

  return async (request, reply, endpoint) => {
    const { headers, method } = request;
    const address = networkOf(request.ip);
    await limits.refuseGuessing(address);
    try {
      request.caller = await identify(endpoint, headers, { authenticator, cookies });
    } catch (error) {
      if (toAppError(error).status === 401) await limits.countWrongCredentials(address);
      throw error;
    }
    refuseForgedCall({ method, headers, ownOrigin: ownOriginOf(publicUrl, request) }, cookies);
    for (const [name, value] of Object.entries(request.caller?.notices ?? {})) reply.raw.setHeader(name, value);
    const bucket = endpoint.rateClass === "auth" ? address : (request.caller?.userId ?? address);
    await limits.take(endpoint.rateClass, bucket);
    requireRight(request, endpoint);
  };
}
