import { once } from "node:events";
import { createServer } from "node:net";
import type { FastifyInstance } from "fastify";
import { StartupError } from "../platform/config/startup-error.ts";

interface Address {
  host: string;
  port: number;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

function explain({ host, port }: Address, cause: unknown): unknown {
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return new StartupError({
        message: `Port ${port} on ${host} is in use by another program.`,
        remedy: `Stop that program, or choose another port: PORT=${port + 1}.`,
        cause,
      });
    case "EACCES":
      return new StartupError({
        message: `The server's user may not listen on port ${port}.`,
        remedy: "Choose a port from 1024 on with PORT.",
        cause,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartupError({
        message: `This machine does not have the address ${host}.`,
        remedy: "Set HOST to 127.0.0.1, or to 0.0.0.0 for all networks of the machine.",
        cause,
      });
    default:
      return cause;
  }
}

/** Tries the port and lets it go again, so that a port that is taken is said before anything else happens. */
export async function requireFreePort(address: Address): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(address.port, address.host);
    await once(probe, "listening");
  } catch (error) {
    throw explain(address, error);
  } finally {
    probe.close();
  }
}

const reachableEverywhere = new Set(["0.0.0.0", "::", "127.0.0.1", "::1", "localhost"]);

/** Begins to take requests; resolves to the address for a browser on this machine. */
export async function listen(app: FastifyInstance, address: Address): Promise<string> {
  try {
    await app.listen({ host: address.host, port: address.port });
  } catch (error) {
    throw explain(address, error);
  }
  const bound = app.server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  const host = reachableEverywhere.has(address.host) ? "localhost" : address.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
