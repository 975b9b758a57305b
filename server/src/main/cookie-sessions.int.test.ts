import { CookieSession, Tokens, User } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createComposedServer } from "./testing/composed-server.ts";

const publicUrl = "https://tuner.example.org";
const { app, close } = await createComposedServer({ environment: { PUBLIC_URL: publicUrl } });
afterAll(close);

const password = "correct horse battery staple";
const page = { "x-session-mode": "cookie", origin: publicUrl };

interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  payload?: object;
}
const call = (url: string, { method = "POST", headers = page, payload }: Call = {}) =>
  app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });

type Answer = Awaited<ReturnType<typeof call>>;
const codeOf = (answer: Answer) => [answer.statusCode, answer.json().error?.code];

/** The cookies that a browser would hold after this answer, as it would send them. */
const jarOf = ({ cookies }: Answer) => {
  const valueOf = (name: string) => cookies.find((cookie) => cookie.name === name)?.value ?? "";
  const refresh = `__Secure-llm-tuner-refresh=${valueOf("__Secure-llm-tuner-refresh")}`;
  const access = `__Host-llm-tuner-access=${valueOf("__Host-llm-tuner-access")}`;
  return { access, refresh, both: `${access}; ${refresh}` };
};

let people = 0;
async function register(headers: Record<string, string> = page) {
  people += 1;
  const email = `cookie${people}@example.org`;
  return { email, answer: await call("/api/auth/register", { headers, payload: { email, password } }) };
}

describe("a session in cookies", () => {
  it("SEC-16: is opened by registering and by signing in, and no token is in a body", async () => {
    const { email, answer: registered } = await register();
    const signedIn = await call("/api/auth/login", { payload: { email, password } });
    for (const [answer, status] of [
      [registered, 201],
      [signedIn, 200],
    ] as const) {
      expect(answer.statusCode).toBe(status);
      expect(CookieSession.parse(answer.json())).toMatchObject({ token_type: "cookie", expires_in: 1800 });
      expect(answer.body).not.toMatch(/eyJ|access_token|refresh_token/);
      expect(answer.cookies).toMatchObject([
        { name: "__Host-llm-tuner-access", path: "/", httpOnly: true, secure: true, sameSite: "Lax", maxAge: 1800 },
        {
          name: "__Secure-llm-tuner-refresh",
          path: "/api/auth/refresh",
          httpOnly: true,
          secure: true,
          sameSite: "Strict",
          maxAge: expect.toSatisfy((seconds: number) => seconds > 604_000 && seconds <= 604_800),
        },
      ]);
      for (const { domain } of answer.cookies) expect(domain).toBeUndefined();
      const me = await call("/api/auth/me", { method: "GET", headers: { cookie: jarOf(answer).access } });
      expect(User.parse(me.json()).email).toBe(email);
    }
  });

  it("is not opened for a program, which gets its tokens in the body", async () => {
    const { answer } = await register({});
    expect(Tokens.parse(answer.json()).token_type).toBe("bearer");
    expect(answer.headers).not.toHaveProperty("set-cookie");
  });

  it("SEC-16: cannot be put upon somebody by a foreign page", async () => {
    const { email } = await register();
    for (const url of ["/api/auth/login", "/api/auth/register", "/api/v1/auth/login"]) {
      const headers = { "x-session-mode": "cookie", origin: "https://evil.example" };
      const answer = await call(url, { headers, payload: { email, password } });
      expect([...codeOf(answer), answer.cookies]).toEqual([403, "csrf_refused", []]);
    }
  });

  it("is renewed by its refresh cookie, which rotates", async () => {
    const first = jarOf((await register()).answer);
    const answer = await call("/api/auth/refresh", { headers: { ...page, cookie: first.both }, payload: {} });
    expect(CookieSession.parse(answer.json()).token_type).toBe("cookie");
    const second = jarOf(answer);
    expect(second.refresh).not.toBe(first.refresh);
    expect((await call("/api/auth/me", { method: "GET", headers: { cookie: second.access } })).statusCode).toBe(200);
  });

  it("SEC-16: is renewed by one token at a time, and by the cookie only in cookie mode", async () => {
    const { refresh } = jarOf((await register()).answer);
    const token = refresh.split("=")[1] ?? "";
    const headers = { ...page, cookie: refresh };
    const payload = { refresh_token: token };
    expect(codeOf(await call("/api/auth/refresh", { headers, payload }))).toEqual([400, "ambiguous_credentials"]);
    const withoutMode = { cookie: refresh, origin: publicUrl };
    expect(codeOf(await call("/api/auth/refresh", { headers: withoutMode, payload: {} }))).toEqual([
      403,
      "csrf_refused",
    ]);
    expect(codeOf(await call("/api/auth/refresh", { payload: {} }))).toEqual([401, "invalid_refresh_token"]);
    expect(codeOf(await call("/api/auth/refresh", { headers: {}, payload: {} }))).toEqual([400, "invalid_request"]);
    const answer = await call("/api/auth/refresh", { headers: {}, payload });
    expect(Tokens.parse(answer.json()).token_type).toBe("bearer");
  });

  it("ends by signing out, which clears the cookies", async () => {
    const { access } = jarOf((await register()).answer);
    const answer = await call("/api/auth/logout", { headers: { ...page, cookie: access } });
    expect([answer.statusCode, answer.cookies.map(({ value, maxAge }) => [value, maxAge])]).toEqual([
      200,
      [
        ["", 0],
        ["", 0],
      ],
    ]);
    expect(codeOf(await call("/api/auth/me", { method: "GET", headers: { cookie: access } }))).toEqual([
      401,
      "invalid_access_token",
    ]);
  });

  it("SEC-16: an API key in the cookie proves nothing, and the gateway takes no cookie", async () => {
    const { access } = jarOf((await register()).answer);
    const created = await call("/api/v1/api-keys", { headers: { ...page, cookie: access }, payload: { name: "mine" } });
    const { secret } = CreatedApiKey.parse(created.json());
    const asCookie = { cookie: `__Host-llm-tuner-access=${secret}` };
    expect(codeOf(await call("/api/auth/me", { method: "GET", headers: asCookie }))[0]).toBe(401);
    expect(codeOf(await call("/api/files", { method: "GET", headers: asCookie }))[0]).toBe(401);
    expect((await call("/v1/models", { method: "GET", headers: { "x-api-key": secret } })).statusCode).toBe(200);
    expect((await call("/v1/models", { method: "GET", headers: { cookie: access } })).statusCode).toBe(401);
    const chat = { headers: { ...page, cookie: access }, payload: { model: "x", messages: [] } };
    expect((await call("/v1/chat/completions", chat)).statusCode).toBe(401);
  });

  it("SEC-16: a program that changes something with the cookie alone is refused", async () => {
    const { access } = jarOf((await register()).answer);
    const answer = await call("/api/v1/api-keys", { headers: { cookie: access }, payload: { name: "mine" } });
    expect(codeOf(answer)).toEqual([403, "csrf_refused"]);
  });
});
