import { once } from "node:events";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../platform/errors.ts";
import { noBounds } from "../platform/http/caller.ts";
import { createLog } from "../platform/log/log.ts";
import { authenticatorOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { createAdmission } from "./credentials.ts";
import { takeDataDirectory } from "./data-directory.ts";
import { listen, requireFreePort } from "./listen.ts";
import { operationsRoutes } from "./operations.routes.ts";
import { createTeardown } from "./teardown.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llm-tuner-main-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the data directory", () => {
  const dataDir = () => join(directory, "a", "data");

  it("is for one server, or for one that answers and one that works", async () => {
    const both = await takeDataDirectory(dataDir(), "all");
    expect((await stat(dataDir())).mode & 0o777).toBe(0o711);
    await expect(takeDataDirectory(dataDir(), "web")).rejects.toThrow(
      `Another server (process ${process.pid}) uses the data directory ${dataDir()}.`,
    );
    both.release();
    const web = await takeDataDirectory(dataDir(), "web");
    const worker = await takeDataDirectory(dataDir(), "worker");
    await expect(takeDataDirectory(dataDir(), "all")).rejects.toThrow(/Another server/);
    web.release();
    // What `all` had taken of it before it was refused is free again.
    (await takeDataDirectory(dataDir(), "web")).release();
    worker.release();
  });

  it("that is empty may be passed through by the database's user; one in use keeps its rights", async () => {
    const fresh = await mkdtemp(join(directory, "fresh-"));
    (await takeDataDirectory(fresh, "all")).release();
    expect((await stat(fresh)).mode & 0o777).toBe(0o711);
    await chmod(fresh, 0o700);
    (await takeDataDirectory(fresh, "all")).release();
    expect((await stat(fresh)).mode & 0o777).toBe(0o700);
  });

  it("that cannot be made is said so", async () => {
    await writeFile(join(directory, "a"), "a file");
    await expect(takeDataDirectory(dataDir(), "all")).rejects.toThrow(/cannot be written/);
  });
});

describe("listening", () => {
  it("refuses a port that is taken, before and at the moment", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const address = { host: "127.0.0.1", port: typeof bound === "object" && bound !== null ? bound.port : 0 };
    const message = `Port ${address.port} on 127.0.0.1 is in use by another program.`;
    await expect(requireFreePort(address)).rejects.toMatchObject({
      message,
      remedy: expect.stringContaining(`PORT=${address.port + 1}`),
    });
    const app = await createTestApp({ modules: [] });
    await expect(listen(app, address)).rejects.toMatchObject({ message });
    await app.close();
    other.close();
    await once(other, "close");
    await expect(requireFreePort(address)).resolves.toBeUndefined();
  });

  it("refuses an address that the machine does not have", async () => {
    await expect(requireFreePort({ host: "192.0.2.1", port: 0 })).rejects.toThrow(
      "This machine does not have the address 192.0.2.1.",
    );
  });

  it("gives the address for a browser, with the port that was taken", async () => {
    const app = await createTestApp({ modules: [] });
    const url = await listen(app, { host: "127.0.0.1", port: 0 });
    expect(url).toMatch(/^http:\/\/localhost:\d{4,5}$/);
    expect((await fetch(url)).status).toBe(404);
    await app.close();
  });
});

describe("the teardown", () => {
  it("stops everything last first, once, and goes on when one part fails", async () => {
    const stopped: string[] = [];
    const lines: string[] = [];
    const teardown = createTeardown(createLog({ level: "error", stream: { write: (line) => lines.push(line) } }));
    teardown.add("first", () => void stopped.push("first"));
    teardown.add("failing", () => Promise.reject(new Error("stuck")));
    teardown.add("last", async () => void stopped.push("last"));
    await Promise.all([teardown.run(), teardown.run()]);
    expect(stopped).toEqual(["last", "first"]);
    expect(lines.join("")).toMatch(/stuck.*failing/);
  });
});

describe("admission to the gateway", () => {
  const authenticator = authenticatorOf({ key: testCaller({ userId: "user_1", apiKeyId: "key_1", scopes: ["chat"] }) });
  const taken: string[] = [];
  const limits = {
    countCall: async ({ userId, tier }: { userId: string; tier: string }) => {
      taken.push(`${tier} ${userId}`);
      if (taken.length > 1)
        throw new AppError({
          code: "rate_limited",
          status: 429,
          message: "Too many.",
          details: { retry_after_seconds: 7 },
        });
    },
  };
  const admission = createAdmission(authenticator, limits);

  it("tells the gateway who calls, and takes the call from the caller's bucket", async () => {
    expect(await admission.authenticate({ apiKey: "key" })).toEqual({
      accountId: "user_1",
      keyId: "key_1",
      scopes: new Set(["chat"]),
      tier: "standard",
      bounds: noBounds,
      headers: {},
    });
    expect(taken).toEqual(["standard user_1"]);
  });

  it("refuses in the gateway's own errors", async () => {
    await expect(async () => admission.authenticate({ bearer: "key" })).rejects.toMatchObject({
      name: "GatewayError",
      status: 429,
      retryAfterSeconds: 7,
    });
    await expect(async () => admission.authenticate({ bearer: "other" })).rejects.toMatchObject({
      name: "GatewayError",
      status: 401,
      code: "invalid_api_key",
    });
    await expect(async () => admission.authenticate({})).rejects.toMatchObject({ status: 401 });
  });
});

describe("health", () => {
  it("tells what works; readiness is refused while something does not", async () => {
    let works = true;
    const checks = { database: async () => (works ? 1 : Promise.reject(new Error("down"))), queue: async () => 1 };
    const app = await createTestApp({
      modules: [
        {
          routes: operationsRoutes({
            database: "external",
            checks,
            apiDocs: "public",
            telemetry: { metrics: async () => "" },
            metricsToken: undefined,
          }),
          workers: [],
        },
      ],
    });
    const get = async (url: string) => (await app.inject({ url })).json();
    expect([await get("/health/live"), await get("/health/ready"), (await get("/health")).status]).toEqual([
      { status: "ok" },
      { status: "ok" },
      "ok",
    ]);
    works = false;
    expect(await get("/health/live")).toEqual({ status: "ok" });
    expect(await get("/health")).toMatchObject({ status: "degraded", checks: { database: "failing", queue: "ok" } });
    const refused = await app.inject({ url: "/health/ready" });
    expect([refused.statusCode, refused.json().error.message]).toEqual([
      503,
      "These do not work at present: database.",
    ]);
    await app.close();
  });
});
