import fastifyMultipart from "@fastify/multipart";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import type { FastifyInstance } from "fastify";
import type { SettingsOf } from "../config/setting.ts";
import type { Log } from "../log/log.ts";
import { inRequestContext } from "../request-context/request-context.ts";
import { createAdmission, type RefusalListener } from "./admission.ts";
import type { Authenticator, Caller } from "./caller.ts";
import { methodsOf, routerPath } from "./endpoint-routes.ts";
import type { httpSettings } from "./http.config.ts";
import { notFound } from "./http.errors.ts";
import { openDirectDoor } from "./direct-door.ts";
import { createHttpServer } from "./http-server.ts";
import { acceptJsonBodies, limitBodyTime } from "./json-body.ts";
import { createRefusalOfUnknownMethods, mountOtherMethods } from "./other-methods.ts";
import { createRateLimits } from "./rate-limits.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type RawHandler, rawContextOf } from "./raw-handler.ts";
import type { Route } from "./route.ts";
import { serveEndpoint } from "./serve-endpoint.ts";
import { mountWebClient, wantsPage } from "./web-client.ts";

export interface ApplicationOptions {
  routes: readonly Route[];
  authenticator: Authenticator;
  config: SettingsOf<typeof httpSettings>;
  log: Log;
  rateLimits?: RateLimits;
  raw?: RawHandler;
  /** The built web client: its files, and its page for every address that is not the API's. */
  webDirectory?: string;
  onRefused?: RefusalListener | undefined;
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

function mountRoutes(app: FastifyInstance, options: ApplicationOptions, closing: AbortSignal): void {
  const { authenticator, config, log, onRefused } = options;
  const limits = options.rateLimits ?? createRateLimits(config);
  const admit = createAdmission({ authenticator, limits, publicUrl: config.publicUrl, onRefused, log });
  for (const route of options.routes) {
    const { endpoint } = route;
    for (const path of pathsOf(endpoint)) {
      app.route({
        method: methodsOf(endpoint),
        url: routerPath(path),
        config: { endpoint },
        onRequest: (request, reply) => admit(request, reply, endpoint),
        handler: (request, reply) => serveEndpoint({ route, request, reply, caller: request.caller, closing }),
      });
    }
  }
}

const noHeaders = {};

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
          const { id: requestId, ip: address, raw } = request;
          await inRequestContext(rawContextOf(raw, { requestId, address, endpoint }), () =>
            handle(raw, reply.raw, { requestId, headers: noHeaders }),
          );
        } catch (error) {
          log.error({ requestId: request.id, route: endpoint.path, error }, "a raw call failed");
          reply.raw.destroy();
        }
      },
    });
  }
}

/** The HTTP side of the platform: every endpoint of the contract that has a route, with all that is the same for each. */
export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { config, log, raw, routes, webDirectory } = options;
  const app = createHttpServer({ config, log });
  const endpoints = [...routes.map(({ endpoint }) => endpoint), ...(raw?.endpoints ?? [])];
  const refuseUnknownMethod = createRefusalOfUnknownMethods(endpoints);
  app.addHook("onRequest", (request, _reply, done) => {
    refuseUnknownMethod(request);
    done();
  });
  const closing = new AbortController();
  app.addHook("preClose", async () => closing.abort(new Error("the server stops")));
  // A connection that was busy when the server began to stop would otherwise be kept alive after its last answer.
  app.addHook("onResponse", (_request, _reply, done) => {
    if (closing.signal.aborted) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  acceptJsonBodies(app);
  limitBodyTime(app, config.bodyTimeoutSeconds * 1000);
  // How large and how many files may be is said by the domain that reads them, part by part.
  const limits = { fileSize: Number.POSITIVE_INFINITY, files: 1001, fields: 20, fieldSize: 65_536, fieldNameSize: 200 };
  await app.register(fastifyMultipart, { limits: { ...limits, headerPairs: 100 } });
  mountRoutes(app, options, closing.signal);
  if (raw !== undefined) await app.register((scope) => mountRaw(scope, raw, log));
  mountOtherMethods(app, endpoints, config.corsOrigins);
  if (webDirectory !== undefined) await mountWebClient(app, webDirectory);
  app.setNotFoundHandler(async (request, reply) => {
    if (webDirectory === undefined || !wantsPage(request)) throw notFound();
    return reply.sendFile("index.html");
  });
  await app.ready();
  if (raw !== undefined) openDirectDoor({ server: app.server, raw, config, log, closing: closing.signal });
  return app;
}
