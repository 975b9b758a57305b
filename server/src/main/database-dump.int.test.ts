import { scopes } from "@llm-tuner/contract/endpoint.ts";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Database } from "../platform/database/database.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createBelongings, createPerson, type Person } from "./testing/people.ts";

const server = await createComposedServer({
  environment: {
    OIDC_CLIENT_ID: "client",
    OIDC_CLIENT_SECRET: "the-secret-of-the-client-at-the-provider",
    EMAIL_VERIFICATION: "optional",
  },
});
const { app, database } = server;
afterAll(server.close);

const minLength = 20;
const TableRow = z.object({ name: z.string() });
const TextRow = z.object({ row: z.string() });

/** Every row of every table, the queue's included, as text. */
async function dump(from: Database): Promise<string> {
  const tables = await from.rows(
    TableRow,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await from.rows(TextRow, `select row_to_json(t)::text as row from ${name} t`);
    parts.push(`${name}\n${rows.map(({ row }) => row).join("\n")}`);
  }
  return parts.join("\n");
}

/** Everything in the dump that could be a credential, also bytes in the notations that credentials are written in. */
function candidatesIn(text: string): string[] {
  const words = text.match(/[\w.~+/=$-]{20,}/g) ?? [];
  const bytes = [...text.matchAll(/\\\\x([0-9a-f]{40,})/g)].map(([, hex = ""]) => Buffer.from(hex, "hex"));
  const notations = bytes.flatMap((value) => [
    value.toString("base64url"),
    value.toString("base64"),
    value.toString("hex"),
  ]);
  return [...new Set([...words, ...notations])].filter((word) => word.length >= minLength && word.length <= 2000);
}

const password = "another correct horse battery";

/** What an administrator enters so that a provider of models can be asked. */
const connection = {
  name: "provider",
  kind: "openai-compatible",
  base_url: "https://models.example.org",
  api_key: "the-key-of-the-provider-of-models",
  headers: [{ name: "X-Organization", value: "the-secret-header-of-the-provider" }],
};

/** Every place where a credential is taken, as one that tells whether it was accepted. */
const doors: Readonly<Record<string, (door: FastifyInstance, credential: string) => Promise<number>>> = {
  "bearer token": async (door, credential) =>
    (await door.inject({ url: "/api/auth/me", headers: { authorization: `Bearer ${credential}` } })).statusCode,
  "API key": async (door, credential) =>
    (await door.inject({ url: "/api/files", headers: { "x-api-key": credential } })).statusCode,
  cookie: async (door, credential) =>
    (await door.inject({ url: "/api/auth/me", headers: { cookie: `llm-tuner-access=${credential}` } })).statusCode,
  "client token": async (door, credential) =>
    (await door.inject({ url: "/v1/models", headers: { authorization: `Bearer ${credential}` } })).statusCode,
  "refresh token": async (door, credential) =>
    (await door.inject({ method: "POST", url: "/api/auth/refresh", payload: { refresh_token: credential } }))
      .statusCode,
  "link for a new password": async (door, credential) =>
    (
      await door.inject({
        method: "POST",
        url: "/api/auth/reset-password-confirm",
        payload: { token: credential, new_password: password },
      })
    ).statusCode,
  "link that verifies an address": async (door, credential) =>
    (await door.inject({ method: "POST", url: "/api/auth/verify-email", payload: { token: credential } })).statusCode,
};

describe("SEC-10: a dump of a running database", () => {
  let person: Person;
  let apiKey: string;
  let text: string;

  beforeAll(async () => {
    person = await createPerson(app, "owner@example.org");
    await createBelongings(server, person);
    apiKey = (await person.keyWith(scopes))["x-api-key"] ?? "";
    await app.inject({ method: "POST", url: "/api/auth/reset-password", payload: { email: person.email } });
    await app.inject({ method: "POST", url: "/api/auth/verify-email/resend", headers: person.session });
    await app.inject({ url: "/api/auth/google" });
    const admin = await createAdmin(server, "admin@example.org");
    const url = "/api/admin/providers/connections";
    await app.inject({ method: "POST", url, headers: admin.session, payload: connection });
    text = await dump(database);
  });

  it("SEC-10: is of a system in which every kind of credential is in use", () => {
    for (const table of [
      "sessions",
      "api_keys",
      "signing_keys",
      "account_mails",
      "installation_secrets",
      "provider_connections",
      "pgboss.job",
    ]) {
      expect(new RegExp(`${table}\\n\\{`).test(text), table).toBe(true);
    }
  });

  it("SEC-10: has no credential in clear, each of which works", async () => {
    const { accessToken, refreshToken, clientToken } = person;
    expect(await doors["bearer token"]?.(app, accessToken)).toBe(200);
    expect(await doors["API key"]?.(app, apiKey)).toBe(200);
    expect(await doors["client token"]?.(app, clientToken["authorization"]?.replace("Bearer ", "") ?? "")).toBe(200);
    expect(await doors["cookie"]?.(app, accessToken)).toBe(200);
    for (const credential of [accessToken, refreshToken, clientToken["authorization"] ?? "", apiKey]) {
      const secretPart = credential.replace(/^Bearer /, "").slice(25);
      expect(secretPart.length).toBeGreaterThan(10);
      expect(text).not.toContain(secretPart);
    }
    expect(text).not.toContain("correct horse battery staple");
    expect(text).not.toContain("the-secret-of-the-client");
    for (const secret of [connection.api_key, "the-secret-header"]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString("hex"));
    }
  });

  it("SEC-10: has no string that opens any door", async () => {
    const candidates = candidatesIn(text);
    expect(candidates.length).toBeGreaterThan(100);
    const opened: string[] = [];
    for (const [name, open] of Object.entries(doors)) {
      for (const candidate of candidates) {
        if ((await open(app, candidate)) < 400) opened.push(`${name}: ${candidate}`);
      }
    }
    expect(opened).toEqual([]);
    // The token of the first administrator is derived as well, and is taken only of somebody who signed in.
    for (const candidate of candidates.filter(({ length }) => length <= 200)) {
      const headers = person.session;
      const payload = { setup_token: candidate };
      const answer = await app.inject({ method: "POST", url: "/api/auth/setup", headers, payload });
      expect(answer.statusCode, candidate).toBeGreaterThanOrEqual(400);
    }
    // Each door does open to the right credential: this one last, since it is spent by it.
    expect(await doors["refresh token"]?.(app, person.refreshToken)).toBe(200);
  });
});
