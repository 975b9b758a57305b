import type { IncomingMessage, ServerResponse } from "node:http";
import fastifyMultipart from "@fastify/multipart";
import type { Dialect, Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { SettingsOf } from "../config/setting.ts";
import { newId } from "../ids.ts";
import type { Log } from "../log/log.ts";
import { identify, requireAccess } from "./access.ts";
import type { Authenticator, Caller } from "./caller.ts";
import { errorBody, toAppError } from "./error-answer.ts";
import type { httpSettings } from "./http.config.ts";
import { methodNotAllowed, notFound } from "./http.errors.ts";
import { acceptJsonBodies, limitBodyTime } from "./json-body.ts";
import { networkOf } from "./network.ts";
import { createRateLimits } from "./rate-limits.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Route } from "./route.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { serveEndpoint } from "./serve-endpoint.ts";
import { mountWebClient } from "./web-client.ts";

/** Endpoints that a library answers on the raw request, which it reads, admits and checks itself. */
export interface RawHandler {
  endpoints: readonly Endpoint[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface ApplicationOptions {
  routes: readonly Route[];
  authenticator: Authenticator;
  config: SettingsOf<typeof httpSettings>;
  log: Log;
  rateLimits?: RateLimits;
  raw?: RawHandler;
  /** The built web client: its files, and its page for every address that is not the API's. */
  webDirectory?: string;
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Of the endpoint that the route serves; absent for the files of the web client. */
    endpoint?: Endpoint;
  }
}

const allMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** `/api/files/{id}` as the router writes it: `/api/files/:id`. */
const routerPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** HEAD is GET without the body; an endpoint that streams has none to leave out cheaply. */
const methodsOf = ({ method, responses }: Endpoint): HTTPMethods[] =>
  method === "GET" && Object.values(responses).every(({ contentType }) => contentType === undefined)
    ? ["GET", "HEAD"]
    : [method];

const dialectOf = (request: FastifyRequest): Dialect =>
  request.routeOptions.config?.endpoint?.dialect ?? (request.url.startsWith("/v1/") ? "openai" : "platform");

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const answer = toAppError(error);
  const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url, error };
  if (reply.raw.destroyed) log.debug(fields, "a call ended with an error after its client had gone away");
  else if (answer.status >= 500) log.error(fields, "a call failed");
  void reply
    .code(answer.status)
    .headers(answer.headers)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(errorBody(answer, dialectOf(request), request.id)));
}

function createServer({ config, log }: ApplicationOptions): FastifyInstance {
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
    http: { headersTimeout: 30_000 },
    frameworkErrors: (error, request, reply) => {
      prepareAnswer(request, reply);
      answerError(error, request, reply, log);
    },
  });
  app.decorateRequest("caller", null);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.addHook("onRequest", async (request, reply) => prepareAnswer(request, reply));
  app.addHook("onResponse", async (request, reply) => logAnswer(request, reply, log));
  return app;
}

/** On the raw response, so that it also holds for what does not pass through the framework. */
function prepareAnswer(request: FastifyRequest, reply: FastifyReply): void {
  setSecurityHeaders(reply.raw, { secure: request.protocol === "https" });
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
  // What only reads (a page that asks again and again, a probe) would bury what changes something.
  if (config?.endpoint === undefined || config.endpoint.method === "GET") log.debug(fields, "answered");
  else log.info(fields, "answered");
}

/** Proves who calls and takes the call from the right bucket, before anything of the body is read. */
async function admit(
  request: FastifyRequest,
  endpoint: Endpoint,
  authenticator: Authenticator,
  limits: RateLimits,
): Promise<void> {
  const address = networkOf(request.ip);
  await limits.refuseGuessing(address);
  try {
    request.caller = await identify(endpoint, request.headers, authenticator);
  } catch (error) {
    if (toAppError(error).status === 401) await limits.countWrongCredentials(address);
    throw error;
  }
  await limits.take(endpoint.rateClass, endpoint.rateClass === "auth" ? address : (request.caller?.userId ?? address));
  requireAccess(endpoint, request.caller);
}

function mountRoutes(app: FastifyInstance, options: ApplicationOptions, closing: AbortSignal): void {
  const limits = options.rateLimits ?? createRateLimits(options.config);
  for (const route of options.routes) {
    const { endpoint } = route;
    for (const path of pathsOf(endpoint)) {
      app.route({
        method: methodsOf(endpoint),
        url: routerPath(path),
        config: { endpoint },
        onRequest: (request) => admit(request, endpoint, options.authenticator, limits),
        handler: (request, reply) => serveEndpoint({ route, request, reply, caller: request.caller, closing }),
      });
    }
  }
}

/** The body is left in the socket for the library; no parser of ours may touch it. */
async function mountRaw(scope: FastifyInstance, { endpoints, handle }: RawHandler, log: Log): Promise<void> {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const endpoint of endpoints) {
    scope.route({
      method: endpoint.method,
      url: routerPath(endpoint.path),
      config: { endpoint },
      async handler(request, reply) {
        reply.hijack();
        try {
          await handle(request.raw, reply.raw);
        } catch (error) {
          log.error({ requestId: request.id, route: endpoint.path, error }, "a raw call failed");
          reply.raw.destroy();
        }
      },
    });
  }
}

/** Every address that exists says which methods it takes to whoever uses another one. */
function mountOtherMethods(app: FastifyInstance, endpoints: readonly Endpoint[]): void {
  const allowed = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    for (const path of pathsOf(endpoint)) allowed.set(path, [...(allowed.get(path) ?? []), endpoint]);
  }
  for (const [path, served] of allowed) {
    const methods = [...new Set(served.flatMap(methodsOf))];
    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      if (request.method !== "OPTIONS") throw methodNotAllowed(methods);
      return reply
        .code(204)
        .header("allow", [...methods, "OPTIONS"].join(", "))
        .send();
    };
    const config = served[0] === undefined ? {} : { endpoint: served[0] };
    // Refused in a hook, so that not even the body's type matters.
    const others = allMethods.filter((method) => !methods.includes(method));
    app.route({ method: others, url: routerPath(path), config, onRequest: answer, handler: answer });
  }
}

/** The HTTP side of the platform: every endpoint of the contract that has a route, with all that is the same for each. */
export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { config, log, raw, routes, webDirectory } = options;
  const app = createServer(options);
  const closing = new AbortController();
  app.addHook("preClose", async () => closing.abort(new Error("the server stops")));
  // A connection that was busy when the server began to stop would otherwise be kept alive after its last answer.
  app.addHook("onResponse", async () => {
    if (closing.signal.aborted) setImmediate(() => app.server.closeIdleConnections());
  });
  acceptJsonBodies(app);
  limitBodyTime(app, config.bodyTimeoutSeconds * 1000);
  // How large and how many files may be is said by the domain that reads them, part by part.
  const limits = { fileSize: Number.POSITIVE_INFINITY, files: 1001, fields: 20, fieldSize: 65_536, fieldNameSize: 200 };
  await app.register(fastifyMultipart, { limits: { ...limits, headerPairs: 100 } });
  mountRoutes(app, options, closing.signal);
  if (raw !== undefined) await app.register((scope) => mountRaw(scope, raw, log));
  mountOtherMethods(app, [...routes.map(({ endpoint }) => endpoint), ...(raw?.endpoints ?? [])]);
  if (webDirectory === undefined) app.setNotFoundHandler(() => Promise.reject(notFound()));
  else await mountWebClient(app, webDirectory);
  await app.ready();
  return app;
}
