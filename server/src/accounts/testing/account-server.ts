import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Database } from "../../platform/database/database.ts";
import type { httpSettings } from "../../platform/http/http.config.ts";
import { createTestApp } from "../../platform/testing/test-app.ts";
import { createAccountsModule } from "../accounts.module.ts";
import { createAccountFixture, goodPassword, newEmail } from "./account-fixture.ts";

interface Call {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

type FixtureOptions = NonNullable<Parameters<typeof createAccountFixture>[1]>;

/** The accounts of one process behind real sockets; several on one database stand for several processes. */
export async function createAccountServer(
  database: Database,
  { http = {}, ...options }: FixtureOptions & { http?: Partial<SettingsOf<typeof httpSettings>> } = {},
) {
  const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-accounts-"));
  const fixture = createAccountFixture(database, { dataDir, ...options });
  const accounts = createAccountsModule(fixture.dependencies);
  const app = await createTestApp({
    modules: [accounts],
    authenticator: {
      authenticate: async ({ bearer }) => (bearer === undefined ? null : accounts.authenticateAccessToken(bearer)),
    },
    config: { authPerMinute: 10_000, writePerMinute: 10_000, readPerMinute: 10_000, ...http },
  });
  await accounts.start?.();
  await app.listen({ host: "127.0.0.1", port: 0 });
  // A server that listens on TCP has an address with a port.
  const { port } = app.server.address() as AddressInfo;

  async function call(method: string, path: string, { body, token, headers = {} }: Call = {}) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = text === "" ? null : JSON.parse(text);
    return { status: answer.status, headers: answer.headers, text, json };
  }

  /** Somebody new, with the tokens of their first session. */
  async function signUp(email = newEmail()) {
    const answer = await call("POST", "/api/auth/register", { body: { email, password: goodPassword } });
    return { ...Tokens.parse(answer.json), email };
  }

  return {
    ...fixture,
    call,
    signUp,
    async close() {
      await app.close();
      await accounts.stop?.();
      await fixture.gate.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
