import { sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyRequest } from "fastify";

const apiPrefixes = ["/api/", "/v1/", "/health", "/openapi.json", "/.well-known/", "/assets/"];

/** A person who opens or reloads an address of the web client gets its page, which then shows what the address says. */
export const wantsPage = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === "GET" || method === "HEAD") &&
  !apiPrefixes.some((prefix) => url.startsWith(prefix)) &&
  (headers.accept?.includes("text/html") ?? false);

/** Serves the files of the built web client. Those under `assets` carry a hash in their names and never change; the page always may. */
export async function mountWebClient(app: FastifyInstance, directory: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: directory,
    cacheControl: false,
    dotfiles: "ignore",
    setHeaders(reply, path) {
      const hashed = path.includes(`${sep}assets${sep}`);
      void reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
