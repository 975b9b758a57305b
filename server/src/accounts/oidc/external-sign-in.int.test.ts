import { ApiError } from "@llm-tuner/contract/errors.ts";
import { pathsOf } from "@llm-tuner/contract/endpoints.ts";
import { finishGoogleSignIn } from "@llm-tuner/contract/external-sign-in.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authenticatorOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture } from "../testing/account-fixture.ts";
import { popupScript } from "./callback-page.ts";
import { signInTransactionsStore } from "./sign-in-transactions.store.ts";
import { createSignInTransactions } from "./sign-in-transactions.ts";
import { startFakeProvider } from "./testing/fake-provider.ts";
import { accessCookieOf, createOidcFixture, endOf, messageOf, newBrowser, newPerson } from "./testing/oidc-fixture.ts";

const { database, drop } = await createTestDatabase();
const provider = await startFakeProvider();
const fixture = await createOidcFixture(database, provider);
afterAll(async () => {
  await fixture.app.close();
  await provider.close();
  await drop();
});
beforeEach(() => {
  Object.assign(provider.state, { fault: null, isDown: false });
});

const signInPage = "https://tuner.test/sign-in";
const countOpen = async () =>
  (await database.row(z.object({ open: z.coerce.number() }), "select count(*) as open from oidc_transactions"))?.open;

describe("GET /api/auth/google", () => {
  it("sends the browser to the provider with all that binds the answer, and keeps only hashes", async () => {
    const browser = newBrowser();
    const { answer, authUrl, redirectUri } = await fixture.start(browser, { mode: "popup" });
    const asked = new URL(authUrl);
    expect(asked.origin + asked.pathname).toBe(`${provider.issuer}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: "code",
      client_id: provider.client.id,
      redirect_uri: "https://tuner.test/api/auth/google/callback",
      scope: "openid email profile",
      code_challenge_method: "S256",
    });
    expect(redirectUri).toBe("https://tuner.test/api/auth/google/callback");
    expect(String(answer.headers["set-cookie"])).toMatch(
      /^__Host-llm-tuner-oidc=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    );
    const stored = JSON.stringify(await database.rows(z.unknown(), "select * from oidc_transactions"));
    for (const secret of [
      asked.searchParams.get("state"),
      asked.searchParams.get("nonce"),
      ...browser.cookies.values(),
    ]) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(stored).not.toContain(secret);
    }
  });

  it("lets two tabs of one browser sign in side by side", async () => {
    const browser = newBrowser();
    const first = await fixture.start(browser);
    await fixture.start(browser);
    expect(endOf(await fixture.finish(browser, provider.agree(first.authUrl, newPerson()))).outcome).toBeNull();
  });

  it("404: no provider is configured", async () => {
    const passwordsOnly = createAccountFixture(database, { masterKey: fixture.masterKey });
    const app = await createTestApp({ modules: [{ routes: passwordsOnly.oidc.routes, workers: [] }] });
    const { code, details } = ApiError.parse((await app.inject("/api/auth/google")).json()).error;
    expect(code).toBe("external_sign_in_not_configured");
    expect(details?.remedy).toContain("OIDC_CLIENT_ID");
    const callback = await app.inject("/api/auth/google/callback?state=x&code=y");
    expect(callback.headers.location).toBe("https://tuner.test/sign-in?outcome=failed&code=sign_in_expired");
    expect((await app.inject("/api/auth/options")).json()).toMatchObject({ external_provider: null });
    await app.close();
  });

  it("503: the provider is away, and says so again when it goes away before the code is exchanged", async () => {
    const away = await startFakeProvider();
    const other = await createOidcFixture(database, away, {}, fixture.masterKey);
    away.state.isDown = true;
    const { answer } = await other.start(newBrowser());
    expect(answer.statusCode).toBe(503);
    expect(ApiError.parse(answer.json()).error.code).toBe("sign_in_provider_unavailable");
    away.state.isDown = false;
    other.clock.advance(60_001);
    const browser = newBrowser();
    const { authUrl } = await other.start(browser);
    const parameters = away.agree(authUrl, newPerson());
    away.state.isDown = true;
    expect(endOf(await other.finish(browser, parameters))).toMatchObject({ code: "sign_in_provider_unavailable" });
    await other.app.close();
    await away.close();
  });

  it("keeps the newest of a network's open sign-ins, and never more in all than it may", async () => {
    const transactions = createSignInTransactions({
      database,
      clock: fixture.clock,
      store: signInTransactionsStore,
      envelope: { encrypt: (bytes) => bytes, decrypt: (bytes) => bytes },
      limits: { perNetwork: 3, inAll: 1_000_000 },
    });
    const open = (state: string, network: string) =>
      transactions.begin({
        binding: { state, nonce: "n", codeVerifier: "v" },
        mode: "popup",
        returnTo: "/",
        redirectUri: "https://tuner.test/cb",
        browserToken: "b",
        network,
      });
    for (const state of ["a", "b", "c", "d"]) {
      await open(state, "203.0.113.1");
      fixture.clock.advance(1);
    }
    await open("other", "203.0.113.2");
    const take = (state: string) => transactions.take({ state, browserToken: "b" });
    expect(await take("a")).toBeUndefined();
    expect(await Promise.all(["b", "c", "d", "other"].map(take))).not.toContain(undefined);
    const full = createSignInTransactions({
      database,
      clock: fixture.clock,
      store: signInTransactionsStore,
      envelope: { encrypt: (bytes) => bytes, decrypt: (bytes) => bytes },
      limits: { perNetwork: 3, inAll: 1 },
    });
    const binding = { state: "full", nonce: "n", codeVerifier: "v" };
    const request = { binding, mode: "popup", returnTo: "/", redirectUri: "https://tuner.test/cb" } as const;
    await expect(full.begin({ ...request, browserToken: "b", network: "203.0.113.3" })).rejects.toMatchObject({
      code: "sign_in_busy",
    });
  });

  it("forgets what has ended", async () => {
    await fixture.start(newBrowser());
    expect(await countOpen()).toBeGreaterThan(0);
    fixture.clock.advance(1_200_000);
    await fixture.oidc.deleteEnded();
    expect(await countOpen()).toBe(0);
  });
});

describe("GET /api/auth/google/callback", () => {
  it.each(pathsOf(finishGoogleSignIn).map((path) => [path]))("is answered at %s", async (path) => {
    const other = await createOidcFixture(
      database,
      provider,
      // Every path of the contract is one that the setting knows.
      {
        oidcRedirectPath: z
          .literal(["/api/auth/google/callback", "/auth/google/callback", "/api/v1/auth/google/callback"])
          .parse(path),
      },
      fixture.masterKey,
    );
    const browser = newBrowser();
    const { authUrl, redirectUri } = await other.start(browser);
    expect(redirectUri).toBe(`https://tuner.test${path}`);
    expect(endOf(await other.finish(browser, provider.agree(authUrl, newPerson()), path)).outcome).toBeNull();
    await other.app.close();
  });

  it("opens a session in cookies, with no token in page, address or body", async () => {
    for (const mode of ["popup", "redirect"] as const) {
      const browser = newBrowser();
      const answer = await fixture.signIn(browser, newPerson(), { mode });
      const [access, refresh, transaction] = answer.cookies;
      expect(access).toMatchObject({ name: "__Host-llm-tuner-access", httpOnly: true, secure: true, sameSite: "Lax" });
      expect(refresh).toMatchObject({ name: "__Secure-llm-tuner-refresh", httpOnly: true, sameSite: "Strict" });
      expect(transaction).toMatchObject({ name: "__Host-llm-tuner-oidc", value: "", maxAge: 0 });
      const { "set-cookie": _cookies, ...headers } = answer.headers;
      const shown = JSON.stringify(headers) + answer.body;
      for (const cookie of [access, refresh]) expect(shown).not.toContain(cookie?.value ?? "none");
      const caller = await fixture.gate.authenticate(accessCookieOf(browser) ?? "");
      // A sign-in is a recent proof, whatever session there was before.
      await expect(fixture.requireRecentSignIn(caller.sessionId)).resolves.toBeUndefined();
    }
  });

  it("ends in a popup on a page of its own that no cache keeps and no script was written into", async () => {
    const answer = await fixture.signIn(newBrowser(), newPerson(), { mode: "popup" });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "cross-origin-opener-policy": "unsafe-none",
    });
    expect(String(answer.headers["content-security-policy"])).toContain("script-src 'self'");
    expect(messageOf(answer)).toEqual({ type: "llm-tuner.external-sign-in", outcome: "signed_in", code: null });
    const scripts = [...answer.body.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)].map(([, attributes]) => attributes);
    expect(scripts).toEqual([' type="application/json" id="external-sign-in"', ' src="/api/auth/google/popup.js"']);
    expect(answer.body).not.toMatch(/\son\w+=|style=/);
  });

  it("says in a popup how it failed, by a code of its own", async () => {
    const browser = newBrowser();
    const { authUrl } = await fixture.start(browser, { mode: "popup" });
    const parameters = provider.agree(authUrl, newPerson());
    parameters.set("error", "</script><script>alert(1)</script>");
    parameters.delete("code");
    const answer = await fixture.finish(browser, parameters);
    expect(messageOf(answer)).toMatchObject({ outcome: "failed", code: "sign_in_provider_refused" });
    expect(answer.body).not.toContain("alert");
  });

  it("records what failed, by its code only", async () => {
    await fixture.finish(newBrowser(), "state=somebodys-state&code=somebodys-code");
    const row = await database.row(
      z.object({ action: z.string(), details: z.string(), actor_kind: z.string() }),
      "select action, details, actor_kind from audit_events order by sequence desc limit 1",
    );
    expect(row).toEqual({
      action: "account.external_sign_in_failed",
      details: '{"code":"sign_in_expired"}',
      actor_kind: "anonymous",
    });
  });
});

describe("GET /api/auth/google/popup.js", () => {
  it("SEC-15: is a file of this origin that names no other target than it", async () => {
    const answer = await fixture.app.inject("/api/auth/google/popup.js");
    expect(answer.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.body).toBe(popupScript);
    const posts = [...answer.body.matchAll(/opener\.postMessage\(([^)]*)\)/g)].map(([, given]) => given);
    expect(posts).toEqual(["message, window.location.origin"]);
  });
});

describe("return_to", () => {
  const hostile = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    String.raw`/\evil.example`,
    String.raw`\/evil.example`,
    String.raw`\\evil.example`,
    "https://evil.example",
    "https:evil.example",
    "http://evil.example/tuning",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    ":8080/x",
    "/tuning#//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nlocation: https://evil.example",
    "\t//evil.example",
    " //evil.example",
    "/<script>",
    "/é",
    "/a@b:c",
    "",
    `/${"a".repeat(500)}`,
  ];
  it.each(hostile.map((target) => [target]))("SEC-19: %j is refused at the start", async (returnTo) => {
    const { answer } = await fixture.start(newBrowser(), { returnTo });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it.each([
    "/",
    "/tuning",
    "/tuning?tab=jobs&q=a%20b",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/tuning?next=https%3A%2F%2Fevil.example",
    "/https%3A//evil.example",
  ])("SEC-19: %s leads to a page of this installation", async (returnTo) => {
    const answer = await fixture.signIn(newBrowser(), newPerson(), { returnTo });
    const location = String(answer.headers.location);
    expect(location).toBe(`https://tuner.test${returnTo}`);
    expect(new URL(location).origin).toBe("https://tuner.test");
  });

  it("SEC-19: neither the callback nor the provider can name another target", async () => {
    const browser = newBrowser();
    const { authUrl } = await fixture.start(browser);
    const parameters = provider.agree(authUrl, newPerson());
    for (const name of ["return_to", "redirect_uri", "next", "url", "continue"])
      parameters.set(name, "https://evil.example");
    const answer = await fixture.finish(browser, parameters);
    expect(answer.headers.location).toBe("https://tuner.test/");
    const failed = await fixture.finish(browser, parameters);
    expect(endOf(failed).target).toBe(signInPage);
  });
});

describe("what may be known of the settings", () => {
  const tokens = {
    user: testCaller({ userId: "user_1" }),
    admin: testCaller({ userId: "user_2", role: "admin" }),
    "admin-key": testCaller({ userId: "user_2", role: "admin", apiKeyId: "key_1" }),
  };
  const appOf = async (isProduction: boolean | undefined) => {
    const installation =
      isProduction === undefined ? {} : { installation: { isProduction, configured: { SMTP_URL: false } } };
    const { oidc } = createAccountFixture(database, {
      masterKey: fixture.masterKey,
      config: {
        oidcIssuer: provider.issuer,
        oidcClientId: "client-id-of-the-test",
        oidcClientSecret: "client-secret-of-the-test",
        oidcAllowHttp: true,
        oidcName: "Example",
      },
      ...installation,
    });
    return createTestApp({ modules: [{ routes: oidc.routes, workers: [] }], authenticator: authenticatorOf(tokens) });
  };
  const ask = async (app: Awaited<ReturnType<typeof appOf>>, token?: string) =>
    app.inject({ url: "/api/auth/debug", headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

  it("GET /api/auth/options says what the sign-in page offers", async () => {
    const app = await appOf(true);
    expect((await app.inject("/api/auth/options")).json()).toMatchObject({
      registration_open: true,
      verification_required: false,
      external_provider: { name: "Example" },
    });
    await app.close();
  });

  it("GET /api/auth/debug answers administrators, and anybody outside production, never with a value", async () => {
    const production = await appOf(true);
    const unknown = await appOf(undefined);
    for (const app of [production, unknown]) {
      expect((await ask(app)).statusCode).toBe(403);
      expect((await ask(app, "user")).statusCode).toBe(403);
      expect((await ask(app, "admin-key")).statusCode).toBe(403);
      expect((await ask(app, "admin")).statusCode).toBe(200);
    }
    const trial = await appOf(false);
    const answer = await ask(trial);
    expect(answer.json()).toEqual({
      settings: { OIDC_CLIENT_ID: true, OIDC_CLIENT_SECRET: true, SMTP_URL: false },
      redirect_uri: "https://tuner.test/api/auth/google/callback",
      provider_reachable: true,
    });
    expect(answer.body).not.toContain("of-the-test");
    await Promise.all([production, unknown, trial].map((app) => app.close()));
  });
});
