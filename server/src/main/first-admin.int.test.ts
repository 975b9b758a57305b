import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { afterAll, expect, it } from "vitest";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { type ServerProcess, startServerProcess } from "./testing/server-process.ts";
import { until } from "../platform/testing/until.ts";

const { url: databaseUrl, drop } = await createTestDatabase();
const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-first-admin-"));
const started: ServerProcess[] = [];
const stop = async ({ child, exit }: ServerProcess) => {
  child.kill("SIGTERM");
  await exit;
};
afterAll(async () => {
  await Promise.all(started.map(stop));
  await drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(settings: Record<string, string> = {}) {
  const server = startServerProcess({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl, LOG_LEVEL: "info", ...settings });
  started.push(server);
  const url = await server.ready;
  // The line comes after the one that says that the server is ready, if it comes.
  const hint = () =>
    /^LLM Tuner is ready at .*\nNo administrator yet\. Open (\S+) to become one\.$/m.exec(server.output());
  return { server, url, hint };
}

const post = (url: string, path: string, body: unknown, token?: string) =>
  fetch(new URL(path, url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

it("SEC-05: a server says at its start how to become its first administrator, until somebody is", async () => {
  const first = await start();
  const said = await until(first.hint);
  const [page, setupToken = ""] = said[1]?.split("#token=") ?? [];
  expect(page).toBe(`${first.url}/setup`);
  expect(setupToken).toMatch(/^setup_[\w-]{43}$/);
  await stop(first.server);

  const again = await start({ PUBLIC_URL: "https://tuner.example.org" });
  const repeated = await until(again.hint);
  expect(repeated[1]).toBe(`https://tuner.example.org/setup#token=${setupToken}`);

  const registered = await post(again.url, "/api/auth/register", {
    email: "ada@example.org",
    password: "correct horse battery staple",
  });
  const { access_token: token } = Tokens.parse(await registered.json());
  expect((await post(again.url, "/api/auth/setup", { setup_token: "setup_guess" }, token)).status).toBe(403);
  expect((await post(again.url, "/api/auth/setup", { setup_token: setupToken }, token)).status).toBe(200);
  await stop(again.server);
  // It is in no line of the log, neither when it was made nor when it was used.
  for (const { output } of [first.server, again.server]) expect(output().split(setupToken)).toHaveLength(2);

  const third = await start();
  const users = await fetch(new URL("/api/admin/users", third.url), { headers: { authorization: `Bearer ${token}` } });
  expect(users.status).toBe(200);
  await stop(third.server);
  expect(third.server.output()).not.toContain("No administrator yet");
});
