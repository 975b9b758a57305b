import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { HTTPMethods } from "fastify";

/** `/api/files/{id}` as the router writes it: `/api/files/:id`. */
export const routerPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** HEAD is GET without the body; an endpoint that streams has none to leave out cheaply. */
export const methodsOf = ({ method, responses }: Endpoint): HTTPMethods[] =>
  method === "GET" && Object.values(responses).every(({ contentType }) => contentType === undefined)
    ? ["GET", "HEAD"]
    : [method];
