import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { SettingsOf } from "../config/setting.ts";
import { newId } from "../ids.ts";
import type { Log } from "../log/log.ts";
import { inRequestContext } from "../request-context/request-context.ts";
import { crossOriginHeadersFor } from "./cors.ts";
import { type Client, createClientOf } from "./forwarded.ts";
import type { httpSettings } from "./http.config.ts";
import { requestLimits } from "./http-server.ts";
import { type RawHandler, rawContextOf } from "./raw-handler.ts";
import { securityHeadersFor } from "./security-headers.ts";

interface DirectDoor {
  server: Server;
  raw: RawHandler;
  config: SettingsOf<typeof httpSettings>;
  log: Log;
  /** Aborted when the server begins to stop. */
  closing: AbortSignal;
}

const sweepEveryMs = 50;

/** A client that sends its body byte by byte must not hold a connection for ever. Most bodies come with their headers. */
function limitBodyTime(request: IncomingMessage, response: ServerResponse, timeoutMs: number): void {
  process.nextTick(() => {
    if (request.complete) return;
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, timeoutMs);
    const clear = () => clearTimeout(timer);
    request.once("end", clear);
    response.once("close", clear);
  });
}

/** As the framework logs its answers; what was answered well is on a bill. */
function logAnswer(
  log: Log,
  { requestId, route, response }: { requestId: string; route: string; response: ServerResponse },
): void {
  const { statusCode: status } = response;
  if (status < 400) log.debug({ requestId, method: "POST", route, status }, "answered");
  else log.info({ requestId, method: "POST", route, status }, "answered");
}

/**
 * Hands calls that are a raw endpoint's beyond doubt (POST to its very address) to it without the framework, which would
 * spend as much on them as many a step of the gateway. Everything else, and everything while the server stops, goes the
 * framework's way to the same endpoints, with the same headers and limits.
 */
export function openDirectDoor({ server, raw, config, log, closing }: DirectDoor): void {
  const [framework] = server.listeners("request") as RequestListener[]; // An http server's listeners have this type.
  const clientOf = createClientOf(config.trustedProxies);
  if (framework === undefined || clientOf === undefined) return;
  const direct = new Map(
    raw.endpoints
      .filter(({ method, path, params }) => method === "POST" && params === undefined && !path.includes("{"))
      .map((endpoint) => [endpoint.path, endpoint]),
  );
  const { corsOrigins: origins, bodyTimeoutSeconds } = config;
  const noStore = { "cache-control": "no-store" };
  const common = {
    plain: { ...securityHeadersFor({ secure: false }), ...noStore },
    secure: { ...securityHeadersFor({ secure: true }), ...noStore },
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { endpoint, client: { address, isSecure } }: { endpoint: Endpoint; client: Client },
  ): Promise<void> {
    const requestId = newId("request");
    const { path: route } = endpoint;
    const headers = {
      ...(isSecure ? common.secure : common.plain),
      "x-request-id": requestId,
      ...crossOriginHeadersFor({ origins, headers: request.headers }),
    };
    limitBodyTime(request, response, bodyTimeoutSeconds * 1000);
    try {
      const context = rawContextOf(request, { requestId, address, endpoint });
      await inRequestContext(context, () => raw.handle(request, response, { requestId, headers }));
      logAnswer(log, { requestId, route, response });
    } catch (error) {
      log.error({ requestId, route, error }, "a raw call failed");
      response.destroy();
    }
  }

  // A connection that was busy when the server began to stop would otherwise be kept alive after its last answer.
  closing.addEventListener("abort", () => {
    const sweeping = setInterval(() => server.closeIdleConnections(), sweepEveryMs);
    server.once("close", () => clearInterval(sweeping));
  });
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    const endpoint = request.method === "POST" ? direct.get(request.url ?? "") : undefined;
    const isOversize = request.rawHeaders.length / 2 > requestLimits.headerCount;
    if (endpoint === undefined || isOversize || closing.aborted) framework(request, response);
    else void answer(request, response, { endpoint, client: clientOf(request) });
  });
}
