import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import { endpoints } from "@llm-tuner/contract/endpoints.ts";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createApplication } from "../platform/http/application.ts";
import { createRateLimits } from "../platform/http/rate-limits.ts";
import { silentLog } from "../platform/log/log.ts";
import { startPgBossQueue } from "../platform/queue/pg-boss-queue.ts";
import { findRouteFaults } from "../platform/testing/route-walk.ts";
import { testSecrets } from "../platform/testing/test-secrets.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { compose } from "./compose.ts";
import { parseSettings, projectDirectory } from "./environment.ts";
import { operationsRoutes } from "./operations.routes.ts";

const { database, url, drop } = await createTestDatabase();
const queue = await startPgBossQueue({ url, log: silentLog });
const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-routes-"));
const settings = parseSettings({});
const rateLimits = createRateLimits({ ...settings.http, authPerMinute: 1000 });
const composition = compose({
  settings,
  environment: {},
  database,
  queue,
  rateLimits,
  ...testSecrets(),
  dataDir,
  publicUrl: () => "http://127.0.0.1:5000",
  log: silentLog,
});
const routes = [
  ...composition.modules.flatMap(({ module }) => module.routes),
  ...operationsRoutes({ database: "embedded", checks: { database: () => database.execute("SELECT 1") } }),
];
const app = await createApplication({
  routes,
  raw: composition.raw,
  authenticator: composition.authenticator,
  config: settings.http,
  rateLimits,
  log: silentLog,
});
const served = [...routes.map(({ endpoint }) => endpoint), ...composition.raw.endpoints];
const needed = new Set(["accounts", "keys", "usage"]);

beforeAll(async () => {
  for (const { name, module } of composition.modules) if (needed.has(name)) await module.start?.();
});
afterAll(async () => {
  await app.close();
  for (const { module } of composition.modules.toReversed()) await module.stop?.();
  await composition.close();
  await queue.stop();
  await drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Somebody who signed in, and one API key for each scope that lacks just that scope. */
async function newcomer() {
  const registered = await app.inject({
    method: "POST",
    url: "/api/auth/register",
    payload: { email: "walker@example.org", password: "correct horse battery staple" },
  });
  const session = { authorization: `Bearer ${Tokens.parse(registered.json()).access_token}` };
  const keys = new Map<Scope, string>();
  for (const scope of scopes) {
    const payload = { name: `all but ${scope}`, scopes: scopes.filter((other) => other !== scope) };
    const created = await app.inject({ method: "POST", url: "/api/v1/api-keys", headers: session, payload });
    keys.set(scope, CreatedApiKey.parse(created.json()).secret);
  }
  return { session, keyWithout: (scope: Scope) => ({ "x-api-key": keys.get(scope) ?? "" }) };
}

describe("the routes of the server", () => {
  it("are those of the contract, no more and no fewer", async () => {
    const ids = (list: readonly { id: string }[]) => new Set(list.map(({ id }) => id));
    expect(ids(served)).toEqual(ids(endpoints));
    const OpenApi = z.object({
      paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
    });
    const committed: unknown = JSON.parse(
      await readFile(join(projectDirectory, "contract/openapi/openapi.json"), "utf8"),
    );
    const documented = Object.values(OpenApi.parse(committed).paths).flatMap((path) => Object.values(path));
    expect(new Set(documented.map(({ operationId }) => operationId))).toEqual(ids(served));
    expect((await app.inject({ url: "/openapi.json" })).json()).toEqual(committed);
  });

  it("refuse who has no credentials, no scope or no right to the thing", async () => {
    const faults = await findRouteFaults({
      app,
      endpoints: served,
      publicIds: new Set([
        "register",
        "login",
        "refresh",
        "jwks",
        "healthLive",
        "healthReady",
        "health",
        "openApiDocument",
      ]),
      ...(await newcomer()),
    });
    expect(faults).toEqual([]);
  });
});
