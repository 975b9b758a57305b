import { randomBytes } from "node:crypto";
import { ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";
import { randomBase62 } from "../../../platform/ids.ts";
import type { SettingsOf } from "../../../platform/config/setting.ts";
import type { Database } from "../../../platform/database/database.ts";
import { createTestApp } from "../../../platform/testing/test-app.ts";
import type { accountsSettings } from "../../accounts.config.ts";
import { createAccountFixture, newEmail } from "../../testing/account-fixture.ts";
import type { FakePerson } from "./fake-provider.ts";

/** One browser: it keeps its cookies, and nothing else. */
export interface TestBrowser {
  cookies: Map<string, string>;
  address: string;
}

export const newBrowser = (): TestBrowser => ({
  cookies: new Map(),
  address: `192.0.2.${1 + Math.floor(Math.random() * 250)}`,
});

export const newPerson = (person: Partial<FakePerson> = {}): FakePerson => ({
  sub: randomBase62(12),
  email: newEmail(),
  email_verified: true,
  name: "Ada Lovelace",
  ...person,
});

/** What somebody signs in with: the strict provider, or one that is told to misbehave. */
interface TestProvider {
  issuer: string;
  client: { id: string; secret: string };
  agree: (authUrl: string, person: FakePerson) => URLSearchParams | Promise<URLSearchParams>;
}

interface SignInOptions {
  mode?: "popup" | "redirect";
  returnTo?: string;
  /** The path that the provider sends the browser to. */
  path?: string;
}

/** The whole sign-in over HTTP, against the given provider. */
export async function createOidcFixture(
  database: Database,
  provider: TestProvider,
  config: Partial<SettingsOf<typeof accountsSettings>> = {},
  masterKey: Uint8Array = randomBytes(32),
) {
  const accounts = createAccountFixture(database, {
    masterKey,
    config: {
      oidcIssuer: provider.issuer,
      oidcClientId: provider.client.id,
      oidcClientSecret: provider.client.secret,
      oidcAllowHttp: true,
      ...config,
    },
  });
  const modules = [{ routes: accounts.oidc.routes, workers: [] }];
  const app = await createTestApp({ modules, config: { authPerMinute: 100_000, publicUrl: "https://tuner.test" } });

  async function call(browser: TestBrowser, request: { method: "GET" | "POST"; url: string; payload?: string }) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await app.inject({
      ...request,
      remoteAddress: browser.address,
      headers: { ...(cookie === "" ? {} : { cookie }), "content-type": "application/json" },
    });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) browser.cookies.delete(name);
      else browser.cookies.set(name, value);
    }
    return answer;
  }

  async function start(browser: TestBrowser, { mode = "redirect", returnTo = "/" }: SignInOptions = {}) {
    const query = new URLSearchParams({ mode, return_to: returnTo });
    const answer = await call(browser, { method: "GET", url: `/api/auth/google?${query.toString()}` });
    const { auth_url: authUrl, redirect_uri: redirectUri } = answer.json<{ auth_url: string; redirect_uri: string }>();
    return { answer, authUrl, redirectUri };
  }

  const finish = (browser: TestBrowser, parameters: URLSearchParams | string, path = "/api/auth/google/callback") =>
    call(browser, { method: "GET", url: `${path}?${parameters.toString()}` });

  async function signIn(browser: TestBrowser, person: FakePerson, options: SignInOptions = {}) {
    const { authUrl } = await start(browser, options);
    return finish(browser, await provider.agree(authUrl, person), options.path);
  }

  const link = (browser: TestBrowser, password: string) =>
    call(browser, { method: "POST", url: "/api/auth/google/link", payload: JSON.stringify({ password }) });

  return { ...accounts, app, call, start, finish, signIn, link };
}

type Answer = Awaited<ReturnType<Awaited<ReturnType<typeof createOidcFixture>>["finish"]>>;

/** Where a redirect leads, and with which outcome; a path that is not the sign-in page's means success. */
export function endOf(answer: Answer): { status: number; target: string; outcome: string | null; code: string | null } {
  const url = new URL(String(answer.headers.location));
  const { searchParams } = url;
  return {
    status: answer.statusCode,
    target: url.origin + url.pathname,
    outcome: searchParams.get("outcome"),
    code: searchParams.get("code"),
  };
}

/** What the page of a popup tells. */
export const messageOf = (answer: Answer): ExternalSignInMessage =>
  ExternalSignInMessage.parse(
    JSON.parse(/<script type="application\/json"[^>]*>(.*?)<\/script>/s.exec(answer.body)?.[1] ?? ""),
  );

export const accessCookieOf = (browser: TestBrowser): string | undefined =>
  browser.cookies.get("__Host-llm-tuner-access");
