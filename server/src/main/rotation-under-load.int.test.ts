import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { rotateSigningKeys } from "@llm-tuner/contract/admin.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { startServerProcess } from "./testing/server-process.ts";

const rotations = 5;
const clients = 4;

const { database, url: databaseUrl, drop } = await createTestDatabase();
const root = await mkdtemp(join(tmpdir(), "llm-tuner-rotation-"));
await chmod(root, 0o711);
/** Two servers behind one address, as far as their clients can tell. */
const servers = ["a", "b"].map((name) =>
  startServerProcess({
    DATA_DIR: join(root, name),
    DATABASE_URL: databaseUrl,
    PROCESS_MODE: "web",
    SECRET_KEY: "0f".repeat(32),
    LOG_LEVEL: "warn",
    RATE_LIMIT_AUTH_PER_MINUTE: "100000",
    RATE_LIMIT_READ_PER_MINUTE: "1000000",
    RATE_LIMIT_WRITE_PER_MINUTE: "100000",
  }),
);
const urls = await Promise.all(servers.map(({ ready }) => ready));
afterAll(async () => {
  for (const { child, exit } of servers) {
    child.kill("SIGTERM");
    await exit;
  }
  await drop();
  await rm(root, { recursive: true, force: true });
});

const anyUrl = (turn: number): string => urls[turn % urls.length] ?? "";
const post = (base: string, path: string, body: unknown, token?: string) =>
  fetch(new URL(path, base), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
const register = async (email: string): Promise<Tokens> => {
  const response = await post(anyUrl(0), "/api/auth/register", { email, password: "correct horse battery staple" });
  expect(response.status).toBe(201);
  return Tokens.parse(await response.json());
};

const kidOf = (token: string): string =>
  z.object({ kid: z.string() }).parse(JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())).kid;

interface Seen {
  statuses: number[];
  kids: Set<string>;
}

/** One person who uses now this server and now that one, refreshing all the time, until they are told to stop. */
async function workUntil(signal: AbortSignal, tokens: Tokens, { statuses, kids }: Seen): Promise<void> {
  let { access_token: access, refresh_token: refresh } = tokens;
  for (let turn = 0; !signal.aborted; turn += 1) {
    const me = await fetch(new URL("/api/auth/me", anyUrl(turn)), { headers: { authorization: `Bearer ${access}` } });
    await me.arrayBuffer();
    const refreshed = await post(anyUrl(turn + 1), "/api/auth/refresh", { refresh_token: refresh });
    statuses.push(me.status, refreshed.status);
    if (refreshed.status !== 200) return;
    ({ access_token: access, refresh_token: refresh } = Tokens.parse(await refreshed.json()));
    kids.add(kidOf(access));
  }
}

/** Answers the status, and notes the key that signs from now on. */
async function rotateAt(base: string, token: string, rotated: string[]): Promise<number> {
  const response = await post(base, "/api/admin/signing-keys/rotate", {}, token);
  if (response.status !== 200) return response.status;
  const { keys } = rotateSigningKeys.responses[200].schema.parse(await response.json());
  rotated.push(keys.find(({ state }) => state === "signing")?.kid ?? "");
  return 200;
}

describe("rotation of the signing keys", () => {
  it("SEC-12: signs nobody out while people work on two servers", async () => {
    const admin = await register("admin@example.org");
    await database.execute("update users set role = 'admin' where id = $1", [admin.user.id]);
    const stop = new AbortController();
    const people = await Promise.all(
      Array.from({ length: clients }, (_empty, index) => register(`person-${index}@example.org`)),
    );
    const seen = people.map((): Seen => ({ statuses: [], kids: new Set() }));
    const working = people.map((tokens, index) =>
      workUntil(stop.signal, tokens, seen[index] ?? { statuses: [], kids: new Set() }),
    );
    const rotated: string[] = [];
    for (let turn = 0; turn < rotations; turn += 1) {
      // The administrator's new role is heard of by a notice.
      await expect.poll(() => rotateAt(anyUrl(turn), admin.access_token, rotated)).toBe(200);
      const last = rotated.at(-1) ?? "";
      await expect.poll(() => seen.every(({ kids }) => kids.has(last))).toBe(true);
    }
    stop.abort();
    await Promise.all(working);
    expect(new Set(rotated).size).toBe(rotations);
    for (const { statuses } of seen) expect(new Set(statuses)).toEqual(new Set([200]));
  }, 60_000);

  it("SEC-12: lets the set of public keys be kept for a while, and a key is in it before it signs", async () => {
    const response = await fetch(new URL("/.well-known/jwks.json", anyUrl(0)));
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    const before = await response.text();
    const admin = await post(anyUrl(0), "/api/auth/login", {
      email: "admin@example.org",
      password: "correct horse battery staple",
    });
    const { access_token } = Tokens.parse(await admin.json());
    const rotated = await post(anyUrl(0), "/api/admin/signing-keys/rotate", {}, access_token);
    const { keys } = rotateSigningKeys.responses[200].schema.parse(await rotated.json());
    expect(before).toContain(keys.find(({ state }) => state === "signing")?.kid ?? "none");
  });

  it("is for administrators", async () => {
    const { access_token } = await register("nobody@example.org");
    const refused = await post(anyUrl(0), "/api/admin/signing-keys/rotate", {}, access_token);
    expect(refused.status).toBe(403);
  });
});
