import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { preflightHeaders } from "./cors.ts";
import { methodsOf, routerPath } from "./endpoint-routes.ts";
import { methodNotAllowed } from "./http.errors.ts";

const routedMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** What an address takes that is none of the API's: a page or a file of the web client. */
const pageMethods = ["GET", "HEAD"];

/** The endpoints of each address. */
function endpointsByPath(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const served = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    for (const path of pathsOf(endpoint)) served.set(path, [...(served.get(path) ?? []), endpoint]);
  }
  return served;
}

const allowedBy = (endpoints: readonly Endpoint[]): string[] => [...new Set(endpoints.flatMap(methodsOf))];

/** Every address that exists says which methods it takes to whoever uses another one, and to browsers that ask first. */
export function mountOtherMethods(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  corsOrigins: readonly string[],
): void {
  for (const [path, served] of endpointsByPath(endpoints)) {
    const methods = allowedBy(served);
    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      if (request.method !== "OPTIONS") throw methodNotAllowed(methods);
      return reply
        .code(204)
        .header("allow", [...methods, "OPTIONS"].join(", "))
        .headers(preflightHeaders({ origins: corsOrigins, headers: request.headers }, methods))
        .send();
    };
    const config = served[0] === undefined ? {} : { endpoint: served[0] };
    // Refused in a hook, so that not even the body's type matters.
    const others = routedMethods.filter((method) => !methods.some((served) => served === method));
    app.route({ method: others, url: routerPath(path), config, onRequest: answer, handler: answer });
  }
}

/**
 * Refuses the methods that the router does not know (TRACE, PROPFIND and whatever else HTTP has), which would
 * otherwise be told that there is nothing at the address.
 */
export function createRefusalOfUnknownMethods(endpoints: readonly Endpoint[]): (request: FastifyRequest) => void {
  const known = new Set<string>(routedMethods);
  const addresses = [...endpointsByPath(endpoints)].map(([path, served]) => ({
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    methods: allowedBy(served),
  }));
  return ({ method, url }) => {
    if (known.has(method)) return;
    const [path = ""] = url.split("?");
    throw methodNotAllowed(addresses.find(({ pattern }) => pattern.test(path))?.methods ?? pageMethods);
  };
}
