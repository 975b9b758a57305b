import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { scopes } from "@llm-tuner/contract/endpoint.ts";
import { readApiDescription } from "./testing/api-operations.ts";
import { createAccountFixture } from "../accounts/testing/account-fixture.ts";
import { formatApiKey, newApiKeyParts } from "../keys/api-key-format.ts";
import { addressOf } from "../platform/testing/route-walk.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createBelongings, createPerson } from "./testing/people.ts";
import { sampleOf } from "./testing/sample-body.ts";

type Server = Awaited<ReturnType<typeof createComposedServer>>;
const Description = z.unknown();

/** Answers of every guarded operation to a caller, as `operation status`, of those that let the caller in. */
async function letIn(
  { app, served }: Server,
  headers: Record<string, string>,
  document: unknown,
  isAsked: (method: string) => boolean = () => true,
): Promise<string[]> {
  const { operations, resolve } = readApiDescription(document);
  // Ids are well-formed, so that no call is refused for its form before anything is asked of what is gone.
  const addresses = new Map(served.map((endpoint) => [endpoint.id, addressOf(endpoint)]));
  const answers: string[] = [];
  for (const { id, method, path, access, body, isMultipart } of operations) {
    const isForAnybody = access === "public" || (access === "optional" && Object.keys(headers).length === 0);
    if (isForAnybody || !isAsked(method)) continue;
    const url = addresses.get(id) ?? path;
    const sample = body && sampleOf(body, resolve);
    const answer = await app.inject({
      method,
      url,
      headers: { ...headers, ...(isMultipart ? { "content-type": "multipart/form-data; boundary=x" } : {}) },
      ...(sample === undefined ? {} : { payload: Object(sample) }),
      ...(isMultipart ? { payload: "--x--\r\n" } : {}),
    });
    if (answer.statusCode < 400) answers.push(`${id} ${answer.statusCode}`);
  }
  return answers;
}

const strangers: Readonly<Record<string, Record<string, string>>> = {
  nobody: {},
  "a forged access token": { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzEifQ." },
  "a well-formed API key that does not exist": { "x-api-key": formatApiKey(newApiKeyParts()) },
};

/** A server with people in it, whose dependency is then taken away. */
async function prepare() {
  const server = await createComposedServer();
  const person = await createPerson(server.app, "person@example.org");
  const document = Description.parse((await server.app.inject({ url: "/openapi.json" })).json());
  return { server, person, document };
}

describe("SEC-41: without its database", () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  it("SEC-41: no route lets in anybody whom it would not let in with it, nor answers out of nothing", async () => {
    const { server, person, document } = await prepare();
    const key = await person.keyWith(scopes);
    // The walk tells who is let in: with the database, whoever may is answered at many addresses.
    const isRead = (method: string) => method === "GET";
    expect((await letIn(server, person.session, document, isRead)).length).toBeGreaterThan(5);
    expect((await letIn(server, key, document, isRead)).length).toBeGreaterThan(3);
    await server.cutDatabase();
    closing.push(async () => {
      await server.restoreDatabase();
      await server.close();
    });
    for (const [who, headers] of Object.entries(strangers)) {
      expect(await letIn(server, headers, document), who).toEqual([]);
    }
    // Whoever is let in by what is remembered gets only what is on no disk: the list of base models.
    expect(await letIn(server, person.session, document)).toEqual(["listBaseModels 200"]);
    expect(await letIn(server, key, document)).toEqual(["listBaseModels 200"]);
    const login = { email: person.email, password: "correct horse battery staple" };
    expect((await server.app.inject({ method: "POST", url: "/api/auth/login", payload: login })).statusCode).toBe(503);
    expect((await server.app.inject({ url: "/health/ready" })).statusCode).toBe(503);
  });
});

describe("SEC-41: without its other dependencies", () => {
  it("SEC-41: keys that cannot be read let nobody in, whose token is good as it may be", async () => {
    const { database, drop } = await createTestDatabase();
    const masterKey = randomBytes(32);
    const before = createAccountFixture(database, { masterKey });
    const { access_token } = await before.register();
    await expect(before.gate.authenticate(access_token)).resolves.toBeDefined();
    await database.execute("update signing_keys set private_key = '\\x00' where private_key is not null");
    const after = createAccountFixture(database, { masterKey });
    await expect(after.gate.authenticate(access_token)).rejects.toThrow(/decrypt/);
    await drop();
  });

  it("SEC-41: a store that is gone opens nothing to strangers, and takes no upload", async () => {
    const { server, person, document } = await prepare();
    const objects = join(server.dataDir, "objects");
    await rm(objects, { recursive: true, force: true });
    await writeFile(objects, "no folder");
    for (const [who, headers] of Object.entries(strangers)) {
      expect(await letIn(server, headers, document), who).toEqual([]);
    }
    await expect(createBelongings(server, person)).rejects.toThrow(/api\/upload|files/);
    expect((await server.app.inject({ url: "/api/files", headers: person.session })).json()).toMatchObject({
      files: [],
    });
    await server.close();
  });
});
