import { type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { type ApiOperation, type JsonSchema, readApiDescription } from "./testing/api-operations.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createBelongings, createPerson, makeAdmin } from "./testing/people.ts";
import { sampleOf } from "./testing/sample-body.ts";

/*
 * Three matrices over whatever the OpenAPI document has: objects, functions and fields. A new route is in them from the
 * moment when it is in the document; one with an id of a kind that no test owns fails here until it has an example.
 */

const server = await createComposedServer({ environment: { OPENAI_API_KEY: "a-key-that-asks-nobody" } });
const { app, database } = server;
afterAll(server.close);

const { operations, resolve } = readApiDescription((await app.inject({ url: "/openapi.json" })).json());
const owner = await createPerson(app, "owner@example.org");
const stranger = await createPerson(app, "stranger@example.org");
const admin = await createPerson(app, "admin@example.org");
const own = await createBelongings(server, owner);
await makeAdmin(database, admin);
const allScopes = await stranger.keyWith(scopes);

/** The owner's thing that an address asks for, by the beginning of the address; the longest one counts. */
const examples: Readonly<Record<string, Record<string, string>>> = {
  "/api/auth/sessions/{id}": { id: owner.sessionId },
  "/api/v1/api-keys/{id}": { id: own.apiKeyId },
  "/api/files/{id}": { id: own.fileId },
  "/api/datasets/{id}": { id: own.datasetId },
  "/api/training-job/{job_name}": { job_name: own.jobName },
  "/api/stop-training-job/{job_name}": { job_name: own.jobName },
  "/api/resume-training-job/{job_name}": { job_name: own.jobName },
  "/api/models/{id}": { id: own.modelId },
  "/v1/models/{model}": { model: own.modelName },
  "/v1/responses/{response_id}": { response_id: own.responseId },
  "/v1/videos/{video_id}": { video_id: own.videoId },
  "/api/v1/usage/requests/{id}": { id: own.usageRequestId },
  "/api/process/batch-status/{job_id}": { job_id: own.documentJobId },
  "/api/history/jobs/{job_id}": { job_id: own.documentJobId },
  "/api/history/documents/{id}": { id: own.documentId, page: "1" },
  "/api/tags/{id}": { id: own.tagId },
  "/api/admin/usage/requests/{id}": { id: own.usageRequestId },
  "/api/admin/prices/{id}": { id: `price_${"0".repeat(22)}` },
  "/api/admin/users/{id}": { id: owner.userId },
  "/api/admin/tiers/{name}": { name: "standard" },
  "/api/admin/providers/connections/{id}": { id: "conn_environmentOpenai" },
  "/api/admin/providers/models/{id}": { id: `dep_${"0".repeat(22)}` },
  "/api/admin/providers/routes/{id}": { id: `route_${"0".repeat(22)}` },
};

function addressOf({ path, params }: ApiOperation): string {
  if (params.length === 0) return path;
  const known = Object.entries(examples).find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  if (known === undefined) throw new Error(`nobody owns what ${path} asks for: add an example`);
  return Object.entries(known[1]).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
}

const formHeaders = { "content-type": "multipart/form-data; boundary=x" };

/** Calls with a body that would be valid, so that nothing but the caller can be the reason of a refusal. */
async function call(operation: ApiOperation, headers: Record<string, string>, body?: unknown) {
  const sample = body ?? (operation.body && sampleOf(operation.body, resolve));
  return app.inject({
    method: operation.method,
    url: addressOf(operation),
    headers: { ...headers, ...(operation.isMultipart ? formHeaders : {}) },
    ...(sample === undefined ? {} : { payload: Object(sample) }),
    ...(operation.isMultipart ? { payload: "--x--\r\n" } : {}),
  });
}

const statusOf = async (...parameters: Parameters<typeof call>): Promise<number> =>
  (await call(...parameters)).statusCode;

const scopesBut = (scope: string | undefined): Scope[] => scopes.filter((other) => other !== scope);
const withId = operations.filter(({ params, access }) => params.length > 0 && access !== "public");
const guarded = operations.filter(({ access }) => access !== "public");
const named = (list: readonly ApiOperation[]) => list.map((operation) => ({ name: operation.id, operation }));

/** Those that answer by themselves, and with JSON: a video is asked of its provider. */
const answersAlone = ({ method, path }: ApiOperation): boolean =>
  method === "GET" && !/content|events|download|videos|\/file$|\/text$|\/pages\//.test(path);

describe("SEC-20: a thing of somebody else", () => {
  const owned = withId.filter(({ access }) => access !== "admin");

  it("SEC-20: is asked for by many addresses, and its owner finds it at each that reads", async () => {
    expect(owned.length).toBeGreaterThan(15);
    for (const operation of owned.filter(answersAlone)) {
      expect(await statusOf(operation, owner.session), operation.id).toBe(200);
    }
  });

  it.each(named(owned))("SEC-20: is not there for a stranger who signed in: $name", async ({ operation }) => {
    const answer = await call(operation, stranger.session);
    expect(answer.statusCode, answer.body).toBe(404);
  });

  it.each(named(owned))("SEC-20: is not there for a stranger's API key: $name", async ({ operation }) => {
    expect(await statusOf(operation, allScopes)).toBe(operation.access === "session" ? 403 : 404);
  });

  it.each(named(owned))("SEC-20: is not there for a stranger's client token: $name", async ({ operation }) => {
    const mayAsk = operation.path.startsWith("/v1/");
    expect(await statusOf(operation, stranger.clientToken)).toBe(mayAsk ? 404 : 403);
  });

  it.each(named(withId))("SEC-20: is refused to whoever shows no credentials: $name", async ({ operation }) => {
    // Where nobody needs credentials, a thing that has an owner is not there for whoever is not.
    expect(await statusOf(operation, {})).toBe(operation.access === "optional" ? 404 : 401);
  });

  it("SEC-20: is still there after all of that", async () => {
    for (const operation of owned.filter(answersAlone)) {
      expect(await statusOf(operation, owner.session), operation.id).toBe(200);
    }
  });
});

describe("SEC-21: a function", () => {
  const administrative = operations.filter(({ access }) => access === "admin");

  it("SEC-21: of administration is for administrators, whom it answers", async () => {
    expect(administrative.length).toBeGreaterThan(8);
    for (const operation of administrative.filter(({ method }) => method === "GET")) {
      expect(await statusOf(operation, admin.session), operation.id).toBe(200);
    }
  });

  it.each(named(administrative))("SEC-21: is refused to everybody else: $name", async ({ operation }) => {
    expect(await statusOf(operation, stranger.session)).toBe(403);
    expect(await statusOf(operation, allScopes)).toBe(403);
    expect(await statusOf(operation, stranger.clientToken)).toBe(403);
    expect(await statusOf(operation, {})).toBe(401);
  });

  it.each(named(administrative))("SEC-21: is refused to an administrator's API key: $name", async ({ operation }) => {
    expect(await statusOf(operation, await admin.keyWith(scopes))).toBe(403);
  });

  it.each(named(guarded.filter(({ access }) => access === "session")))(
    "SEC-21: of a person who signed in is refused to keys and tokens: $name",
    async ({ operation }) => {
      expect(await statusOf(operation, allScopes)).toBe(403);
      expect(await statusOf(operation, stranger.clientToken)).toBe(403);
      expect(await statusOf(operation, {})).toBe(401);
    },
  );

  it.each(named(guarded.filter(({ access }) => access === "caller" || access === "optional")))(
    "SEC-21: with a scope is refused to a key that has all the others: $name",
    async ({ operation }) => {
      expect(await statusOf(operation, await stranger.keyWith(scopesBut(operation.scope)))).toBe(403);
    },
  );

  it.each(named(guarded.filter(({ access }) => access === "caller")))(
    "SEC-21: with a scope is refused to whoever shows no credentials: $name",
    async ({ operation }) => {
      expect(await statusOf(operation, {})).toBe(401);
    },
  );
});

describe("SEC-22: a field", () => {
  const writing = operations.filter(({ body, path }) => body !== undefined && !path.startsWith("/v1/"));

  const fieldsOf = (schema: JsonSchema): string[] => {
    const { properties = {}, anyOf = [], oneOf = [], allOf = [] } = resolve(schema);
    return [...Object.keys(properties), ...[...anyOf, ...oneOf, ...allOf].flatMap(fieldsOf)];
  };
  /** What is read somewhere of anything, and so is what somebody would try to write. */
  const readable = [...new Set(operations.flatMap(({ answers }) => answers.flatMap(fieldsOf)))];
  const nobodyWrites = ["is_admin", "isAdmin", "password_hash", "__proto__", "constructor"];

  it.each(named(writing))("SEC-22: that is not part of the request is refused: $name", async ({ operation }) => {
    const accepted = new Set(fieldsOf(operation.body ?? {}));
    const sample = Object(operation.body && sampleOf(operation.body, resolve));
    const others = [...readable, ...nobodyWrites].filter((field) => !accepted.has(field));
    expect(others.length).toBeGreaterThan(20);
    const caller = operation.access === "admin" ? admin : owner;
    for (const field of others) {
      const body = JSON.parse(
        `${JSON.stringify(sample).slice(0, -1)}, ${JSON.stringify(field)}: "changed"}`.replace("{,", "{"),
      );
      const answer = await call(operation, caller.session, body);
      expect(answer.statusCode, `${field}: ${answer.body}`).toBe(400);
    }
  });

  it("SEC-22: of an answer is one that the contract names: no object is open", () => {
    /** Maps of names that are data themselves; each is listed because somebody looked at it. */
    const maps = new Set([
      "checks",
      "details",
      "settings",
      "models",
      "jobs_by_status",
      "documents_by_language",
      "tags_by_state",
    ]);
    const open: string[] = [];
    const visit = (schema: JsonSchema, place: string, seen: readonly string[]): void => {
      if (schema.$ref !== undefined && seen.includes(schema.$ref)) return;
      const inside = schema.$ref === undefined ? seen : [...seen, schema.$ref];
      const { type, properties, additionalProperties, items, anyOf = [], oneOf = [], allOf = [] } = resolve(schema);
      const name = place.split(".").at(-1) ?? "";
      const parts = [...anyOf, ...oneOf, ...allOf];
      const isOpen = type === "object" && additionalProperties !== false && parts.length === 0;
      if (isOpen && !maps.has(name)) open.push(place);
      for (const [key, property] of Object.entries(properties ?? {})) visit(property, `${place}.${key}`, inside);
      if (items !== undefined) visit(items, place, inside);
      for (const part of parts) visit(part, place, inside);
    };
    const documents = new Set(["openApiDocument", "jwks"]);
    for (const { id, path, answers } of operations) {
      if (path.startsWith("/v1/") || documents.has(id)) continue;
      for (const answer of answers) visit(answer, id, []);
    }
    expect(open).toEqual([]);
  });

  it("SEC-22: that holds a secret is read only where one is handed out", () => {
    const handing = new Map([
      ["access_token", ["register", "login", "refresh", "linkGoogleSignIn"]],
      ["refresh_token", ["register", "login", "refresh", "linkGoogleSignIn"]],
      ["secret", ["createApiKey", "rotateApiKey"]],
      ["client_token", ["createClientToken"]],
    ]);
    const isSecret = (field: string) => /token$|secret|password|mac|hash$|private/.test(field);
    /** Words about a secret, or hashes of public things. */
    const harmless = new Set(["has_password", "sha256", "hash"]);
    const read = operations.flatMap(({ id, answers }) =>
      answers.flatMap(fieldsOf).flatMap((field) => (isSecret(field) && !harmless.has(field) ? [{ id, field }] : [])),
    );
    expect(read.filter(({ id, field }) => handing.get(field)?.includes(id) !== true)).toEqual([]);
  });
});
