import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { buildOpenApiDocument } from "@llm-tuner/contract/openapi.ts";
import { health, healthLive, healthReady, metrics, openApiDocument } from "@llm-tuner/contract/operations.ts";
import { appError } from "../platform/errors.ts";
import { authenticationRequired } from "../platform/http/http.errors.ts";
import type { Caller } from "../platform/http/caller.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { Telemetry } from "../platform/telemetry/telemetry.ts";
import packageFile from "../../package.json" with { type: "json" };

/** Something that the server needs; resolves when it works. */
export type HealthCheck = () => Promise<unknown>;

const checkTimeoutMs = 2000;

async function works(check: HealthCheck): Promise<boolean> {
  const timeout = new AbortController();
  try {
    const late = delay(checkTimeoutMs, undefined, { signal: timeout.signal }).then(() => {
      throw new Error("took too long");
    });
    await Promise.race([check(), late]);
    return true;
  } catch {
    // The answer says which check fails; why it fails is in the log of whatever it checks.
    return false;
  } finally {
    timeout.abort();
  }
}

const notReady = (failing: readonly string[]) =>
  appError({ code: "not_ready", status: 503, message: `These do not work at present: ${failing.join(", ")}.` });

interface OperationsDependencies {
  database: "embedded" | "external";
  checks: Readonly<Record<string, HealthCheck>>;
  /** Who may read the description of the API. */
  apiDocs: "public" | "callers";
  telemetry: Pick<Telemetry, "metrics">;
  /** With which a scraper proves itself; undefined when there is none. */
  metricsToken: string | undefined;
}

/** Compares MACs under a key of the moment, whose length says nothing about the token's. */
const isToken = (presented: string, token: string): boolean => {
  const key = randomBytes(32);
  const macOf = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return timingSafeEqual(macOf(presented), macOf(token));
};

const mayReadMetrics = (
  { caller, headers }: { caller: Caller | null; headers: IncomingHttpHeaders },
  token: string | undefined,
): boolean => {
  if (caller?.role === "admin" && caller.clientTokenId === null) return true;
  const presented = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return token !== undefined && presented !== undefined && isToken(presented, token);
};

/** Health and the API description. */
export function operationsRoutes({
  database,
  checks,
  apiDocs,
  telemetry,
  metricsToken,
}: OperationsDependencies): Route[] {
  const run = async () =>
    Promise.all(Object.entries(checks).map(async ([name, check]) => ({ name, ok: await works(check) })));
  const document = buildOpenApiDocument();
  return [
    route(healthLive, async () => ({ status: 200, body: { status: "ok" } })),
    route(healthReady, async () => {
      const failing = (await run()).filter(({ ok }) => !ok).map(({ name }) => name);
      if (failing.length > 0) throw notReady(failing);
      return { status: 200, body: { status: "ok" } };
    }),
    route(health, async () => {
      const results = await run();
      return {
        status: 200,
        body: {
          status: results.every(({ ok }) => ok) ? "ok" : "degraded",
          version: packageFile.version,
          database,
          checks: Object.fromEntries<"ok" | "failing">(results.map(({ name, ok }) => [name, ok ? "ok" : "failing"])),
        },
      };
    }),
    route(openApiDocument, async ({ caller }) => {
      if (apiDocs === "callers" && caller === null) throw authenticationRequired();
      return { status: 200, body: { ...document } };
    }),
    route(metrics, async (request) => {
      if (!mayReadMetrics(request, metricsToken)) throw authenticationRequired();
      return { status: 200, body: Readable.from([await telemetry.metrics()]) };
    }),
  ];
}
