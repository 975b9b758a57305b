import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { me, updateMe } from "@llm-tuner/contract/accounts.ts";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { CallError, call } from "./call.ts";
import { answerRecentSignIn } from "./recent-sign-in.ts";

/** The browser's storage, which the modules under test look into while they load. */
const storage = vi.hoisted(() => {
  const entries = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  });
  return entries;
});

const user = {
  id: "user_4YtAbCdEfGhIjKlMnOpQrS",
  user_id: "user_4YtAbCdEfGhIjKlMnOpQrS",
  email: "ada@example.org",
  full_name: null,
  is_active: true,
  is_verified: true,
  provider: "password",
  picture: null,
  created_at: "2026-11-21T10:00:00.000Z",
  last_login: null,
  role: "user",
  tier: "standard",
};
const markerKey = "llm-tuner.signed-in";
const realFetch = fetch;

/** A platform that says what each test needs; it keeps every request, for the tests to count. */
const platform = {
  server: undefined as Server | undefined,
  origin: "",
  requests: [] as string[],
  headers: [] as IncomingMessage["headers"][],
  isRenewable: true,
  /** Answers of `/api/auth/me`, first to last; then it answers with the person. */
  refusals: [] as { status: number; code: string }[],
};

const answer = (request: IncomingMessage): [number, unknown] => {
  if (request.url === "/api/auth/refresh") {
    return platform.isRenewable
      ? [200, { user, token_type: "cookie", expires_in: 1800 }]
      : [401, { error: { code: "invalid_refresh_token", message: "No.", request_id: "req_1" } }];
  }
  const refusal = platform.refusals.shift();
  if (refusal === undefined) return [200, user];
  return [refusal.status, { error: { code: refusal.code, message: "No.", request_id: "req_1" } }];
};

beforeAll(async () => {
  // Pages ask by paths of their own origin, which a program outside a browser has none of.
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => realFetch(platform.origin + path, init));
  platform.server = createServer((request, response) => {
    platform.requests.push(`${request.method} ${request.url}`);
    platform.headers.push(request.headers);
    const [status, body] = answer(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  platform.server.listen(0, "127.0.0.1");
  await once(platform.server, "listening");
  const address = platform.server.address();
  platform.origin = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});

afterAll(() => {
  platform.server?.closeAllConnections();
  platform.server?.close();
  vi.unstubAllGlobals();
});

const signedIn = (expiresAt = Date.now() + 600_000): void =>
  void storage.set(markerKey, JSON.stringify({ email: "ada@example.org", expiresAt }));

beforeEach(() => {
  Object.assign(platform, { requests: [], headers: [], isRenewable: true, refusals: [] });
  storage.clear();
  signedIn();
});

let forgetAsker: (() => void) | undefined;
afterEach(() => forgetAsker?.());

const codeOf = (failed: Promise<unknown>): Promise<unknown> =>
  failed.then(
    () => undefined,
    (error: unknown) => (error instanceof CallError ? error.code : error),
  );

describe("a call within the session", () => {
  it("SEC-16: carries the header that only own scripts can send, and no token", async () => {
    expect((await call(me, {})).email).toBe("ada@example.org");
    expect(platform.headers[0]).toMatchObject({ "x-session-mode": "cookie" });
    expect(platform.headers[0]).not.toHaveProperty("authorization");
  });

  it("renews first when the cookie is about to end, once for calls at the same time", async () => {
    signedIn(Date.now() + 1000);
    await Promise.all(Array.from({ length: 8 }, () => call(me, {})));
    expect(platform.requests.filter((line) => line.includes("refresh"))).toHaveLength(1);
    expect(platform.requests[0]).toBe("POST /api/auth/refresh");
  });

  it("renews once and repeats when the session is refused", async () => {
    platform.refusals = [{ status: 401, code: "access_token_expired" }];
    expect((await call(me, {})).email).toBe("ada@example.org");
    expect(platform.requests).toEqual(["GET /api/auth/me", "POST /api/auth/refresh", "GET /api/auth/me"]);
  });

  it("ends at the sign-in page when it cannot be renewed, or is refused once more", async () => {
    platform.refusals = [{ status: 401, code: "access_token_expired" }];
    platform.isRenewable = false;
    expect(await codeOf(call(me, {}))).toBe("access_token_expired");
    expect(storage.has(markerKey)).toBe(false);

    signedIn();
    platform.isRenewable = true;
    platform.refusals = Array.from({ length: 2 }, () => ({ status: 401, code: "invalid_access_token" }));
    expect(await codeOf(call(me, {}))).toBe("invalid_access_token");
    expect(storage.has(markerKey)).toBe(false);
  });

  it("takes a wrong password for what it is, and no end of the session", async () => {
    platform.refusals = [{ status: 401, code: "invalid_credentials" }];
    expect(await codeOf(call(updateMe, { body: { full_name: "Ada" } }))).toBe("invalid_credentials");
    expect(platform.requests).toEqual(["PATCH /api/auth/me"]);
    expect(storage.has(markerKey)).toBe(true);
  });

  it("does not reach a platform that is away", async () => {
    const { origin } = platform;
    platform.origin = "http://127.0.0.1:9";
    expect(await codeOf(call(me, {}))).toBe("offline");
    platform.origin = origin;
    expect(storage.has(markerKey)).toBe(true);
  });
});

describe("a call that needs a recent sign-in", () => {
  const refusal = { status: 403, code: "reauthentication_required" };

  it("asks the person once for all calls at the same time, then repeats them", async () => {
    const ask = vi.fn(async () => {
      // A person takes longer than both refusals.
      await delay(100);
      return true;
    });
    forgetAsker = answerRecentSignIn(ask);
    platform.refusals = [refusal, refusal];
    const people = await Promise.all([call(me, {}), call(me, {})]);
    expect(people).toHaveLength(2);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(platform.requests).toHaveLength(4);
  });

  it("does nothing when the person declines, or nobody is there to ask", async () => {
    forgetAsker = answerRecentSignIn(async () => false);
    platform.refusals = [refusal];
    await expect(call(me, {})).rejects.toThrow("Nothing was done");
    forgetAsker();
    platform.refusals = [refusal];
    await expect(call(me, {})).rejects.toThrow("Nothing was done");
    expect(platform.requests).toHaveLength(2);
  });
});
