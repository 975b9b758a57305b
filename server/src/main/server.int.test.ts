import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Health } from "@llm-tuner/contract/operations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { type ServerProcess, startServerProcess } from "./testing/server-process.ts";

let root = "";
let dataDir = "";
const started: ServerProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "llm-tuner-server-"));
  await chmod(root, 0o711);
  dataDir = join(root, "data");
});
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill("SIGTERM");
    await exit;
  }
  await rm(root, { recursive: true, force: true });
});

function start(settings: Readonly<Record<string, string>> = {}): ServerProcess {
  const server = startServerProcess({ DATA_DIR: dataDir, LOG_LEVEL: "warn", ...settings });
  started.push(server);
  return server;
}

const health = async (url: string) => Health.parse(await (await fetch(new URL("/health", url))).json());

/** Processes whose command line names the data directory: this server's database and trainers. */
async function processesOf(directory: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(directory)),
  );
  return pids.filter((_pid, n) => found[n]).map(Number);
}

const register = (url: string, email: string) =>
  fetch(new URL("/api/auth/register", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "correct horse battery staple" }),
  });

describe("the server with an embedded database", () => {
  it("starts, is killed, finds its data again, and stops without a trace", async () => {
    const first = start();
    const firstUrl = await first.ready;
    expect(await health(firstUrl)).toEqual({
      status: "ok",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      database: "embedded",
      checks: { database: "ok", data_directory: "ok" },
    });
    expect((await register(firstUrl, "ada@example.org")).status).toBe(201);
    expect((await stat(join(dataDir, "secrets", "master.key"))).mode & 0o777).toBe(0o600);
    first.child.kill("SIGKILL");
    await first.exit;
    const orphans = await processesOf(dataDir);
    expect(orphans.length).toBeGreaterThan(0);

    const second = start();
    const secondUrl = await second.ready;
    expect(second.output()).toContain("stopping the database that an earlier server left running");
    expect((await register(secondUrl, "ada@example.org")).status).toBe(409);
    second.child.kill("SIGTERM");
    second.child.kill("SIGINT");
    expect(await second.exit).toEqual({ code: 0, signal: null });
    expect([await processesOf(dataDir), await fetch(secondUrl).catch(() => "closed")]).toEqual([[], "closed"]);
    expect(second.output()).not.toMatch(/"level":"error"|Warning/);
  });

  it("refuses a second server on its data directory in one sentence", async () => {
    const first = start();
    const url = await first.ready;
    const second = start();
    expect(await second.exit).toMatchObject({ code: 1 });
    expect(second.output()).toBe(
      `Another server (process ${first.child.pid}) uses the data directory ${dataDir}.\nStop that one first, or set DATA_DIR to another folder.\n`,
    );
    expect((await health(url)).status).toBe("ok");
  });

  it("says that its port is taken before anything else happens", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const server = start({ PORT: String(port) });
    expect(await server.exit).toMatchObject({ code: 1 });
    expect(server.output()).toMatch(
      new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use by another program\\.\n.*PORT=`),
    );
    expect(existsSync(dataDir)).toBe(false);
    other.close();
  });
});

describe("the server with a database of its own", () => {
  it("uses it, in one process or in two", async () => {
    const { url: databaseUrl, drop } = await createTestDatabase();
    const worker = start({ DATABASE_URL: databaseUrl, PROCESS_MODE: "worker" });
    await worker.ready;
    const web = start({ DATABASE_URL: databaseUrl, PROCESS_MODE: "web" });
    const url = await web.ready;
    expect(await health(url)).toMatchObject({ status: "ok", database: "external" });
    expect(existsSync(join(dataDir, "postgres"))).toBe(false);
    for (const server of [web, worker]) {
      server.child.kill("SIGTERM");
      expect(await server.exit).toEqual({ code: 0, signal: null });
    }
    await drop();
  });

  it("says that it cannot be reached", async () => {
    const server = start({ DATABASE_URL: "postgresql://someone:hunter2@127.0.0.1:1/none" });
    expect(await server.exit).toMatchObject({ code: 1 });
    expect(server.output()).toMatch(/^The database that DATABASE_URL names cannot be used: .*ECONNREFUSED.*\n/);
    expect(server.output()).not.toContain("hunter2");
  });
});

describe("settings that cannot be used", () => {
  it("are all named, one on a line, with the remedy", async () => {
    const server = start({ PORT: "http", PROCESS_MODE: "some", SECRET_KEY: "hunter2" });
    expect(await server.exit).toMatchObject({ code: 78 });
    const lines = server.output().trim().split("\n");
    const named = new Set(lines.map((line) => line.split(" ")[0]));
    expect([lines.length, named]).toEqual([3, new Set(["PROCESS_MODE", "PORT", "SECRET_KEY"])]);
    expect(server.output()).not.toContain("hunter2");
    expect(existsSync(dataDir)).toBe(false);
  });

  it("include what is not safe in production", async () => {
    const server = start({ PRODUCTION: "true" });
    expect(await server.exit).toMatchObject({ code: 78 });
    expect(server.output()).toMatch(/^SECRET_KEY is not set: .*openssl rand -hex 32/);
  });
});
