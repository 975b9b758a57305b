import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Dialect } from "@llm-tuner/contract/endpoint.ts";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { SettingsOf } from "../config/setting.ts";
import type { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Log } from "../log/log.ts";
import { setCrossOriginHeaders } from "./cors.ts";
import { errorBody, toAppError } from "./error-answer.ts";
import type { httpSettings } from "./http.config.ts";
import { addressTooLong, headersTimeout, headersTooLarge, malformedRequest } from "./http.errors.ts";
import { securityHeadersFor, setSecurityHeaders } from "./security-headers.ts";

/** Far above what browsers and SDKs send, and low enough that headers cost nobody's memory. */
export const requestLimits = { headerCount: 100, headerBytes: 16_384, addressLength: 8192 } as const;

interface ServerOptions {
  config: SettingsOf<typeof httpSettings>;
  log: Log;
}

const dialectOfPath = (url: string): Dialect => {
  if (url.startsWith("/v1/messages")) return "anthropic";
  return url.startsWith("/v1/") ? "openai" : "platform";
};

const dialectOf = (request: FastifyRequest): Dialect =>
  request.routeOptions.config?.endpoint?.dialect ?? dialectOfPath(request.url);

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const answer = toAppError(error);
  const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url };
  // A fault of the client's is told by its code: its message may repeat what was sent.
  const reason = answer.status >= 500 ? { error } : { status: answer.status, code: answer.code };
  if (reply.raw.destroyed) log.debug({ ...fields, ...reason }, "a call ended after its client had gone away");
  else if (answer.status >= 500) log.error({ ...fields, ...reason }, "a call failed");
  void reply
    .code(answer.status)
    .headers(answer.headers)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(errorBody(answer, dialectOf(request), request.id)));
}

/** On the raw response, so that it also holds for what does not pass through the framework. */
function prepareAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { origins, secure }: { origins: readonly string[]; secure: boolean },
): void {
  setSecurityHeaders(reply.raw, { secure });
  setCrossOriginHeaders(reply.raw, { origins, headers: request.headers });
  reply.raw.setHeader("x-request-id", request.id);
  reply.raw.setHeader("cache-control", "no-store");
}

function logAnswer(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const { config, url: route } = request.routeOptions;
  const fields = {
    requestId: request.id,
    method: request.method,
    // The pattern, not the address: that may hold what belongs to nobody but its owner.
    route,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    userId: request.caller?.userId,
  };
  const { endpoint } = config ?? {};
  // What only reads (a page that asks again and again, a probe) would bury what changes something; so would calls to models,
  // each of which is on a bill.
  const isCall = endpoint?.rateClass === "spend" && endpoint.dialect !== "platform" && reply.statusCode < 400;
  if (endpoint === undefined || endpoint.method === "GET" || isCall) log.debug(fields, "answered");
  else log.info(fields, "answered");
}

/** The parser takes more headers than it passes on, so they are counted as they came. */
function refuseOversize({ raw }: FastifyRequest): void {
  if (raw.rawHeaders.length / 2 > requestLimits.headerCount) throw headersTooLarge();
  if ((raw.url ?? "").length > requestLimits.addressLength) throw addressTooLong();
}

const brokenRequests: Readonly<Record<string, () => AppError>> = {
  HPE_HEADER_OVERFLOW: headersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: headersTimeout,
};

/** What never became a request is answered by hand, with the headers and the body of every other error. */
function answerBrokenRequest(error: Error, socket: Socket, { log, secure }: { log: Log; secure: boolean }): void {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = (brokenRequests[code] ?? malformedRequest)();
  const requestId = newId("request");
  log.debug({ requestId, status: answer.status, reason: code }, "a request could not be read");
  const body = JSON.stringify(errorBody(answer, "platform", requestId));
  const headers = {
    ...securityHeadersFor({ secure }),
    "x-request-id": requestId,
    "cache-control": "no-store",
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`, ...lines, "", body].join("\r\n"));
}

/** The bare HTTP side: its limits, what stands on every answer, how errors are answered and calls are logged. */
export function createHttpServer({ config, log }: ServerOptions): FastifyInstance {
  const origins = config.corsOrigins;
  // Of a request that could not be read nobody knows how it came; browsers heed the header over https only.
  const secure = config.publicUrl?.startsWith("https:") ?? false;
  const headersTimeoutMs = config.headersTimeoutSeconds * 1000;
  const app = fastify({
    logger: false,
    genReqId: () => newId("request"),
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: config.jsonBodyBytes,
    routerOptions: { maxParamLength: 400 },
    exposeHeadRoutes: false,
    // While the server drains, a connection that is kept alive is answered once more and then closed.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(5000, headersTimeoutMs),
      maxHeaderSize: requestLimits.headerBytes,
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, { log, secure }),
    frameworkErrors: (error, request, reply) => {
      prepareAnswer(request, reply, { origins, secure });
      answerError(error, request, reply, log);
    },
  });
  app.decorateRequest("caller", null);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  // What every request passes calls back instead of promising, which costs less; an exception is answered all the same.
  app.addHook("onRequest", (request, reply, done) => {
    prepareAnswer(request, reply, { origins, secure: request.protocol === "https" });
    refuseOversize(request);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    logAnswer(request, reply, log);
    done();
  });
  return app;
}
