import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import { endpoints } from "@llm-tuner/contract/endpoints.ts";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findRouteFaults } from "../platform/testing/route-walk.ts";
import { projectDirectory } from "./environment.ts";
import { createComposedServer } from "./testing/composed-server.ts";

const { app, database, served, close } = await createComposedServer();
afterAll(close);

/** Headers of a person who just registered. */
async function signUp(email: string) {
  const payload = { email, password: "correct horse battery staple" };
  const registered = await app.inject({ method: "POST", url: "/api/auth/register", payload });
  return { authorization: `Bearer ${Tokens.parse(registered.json()).access_token}` };
}

/** An administrator, as soon as this process has heard of it. */
async function administrator() {
  const admin = await signUp("ruler@example.org");
  await database.execute("UPDATE users SET role = 'admin' WHERE email = 'ruler@example.org'");
  const call = () => app.inject({ url: "/api/admin/users", headers: admin });
  await expect.poll(async () => (await call()).statusCode).toBe(200);
  return admin;
}

/** Somebody who signed in, and one API key for each scope that lacks just that scope. */
async function newcomer() {
  const session = await signUp("walker@example.org");
  const keys = new Map<Scope, string>();
  for (const scope of scopes) {
    const payload = { name: `all but ${scope}`, scopes: scopes.filter((other) => other !== scope) };
    const created = await app.inject({ method: "POST", url: "/api/v1/api-keys", headers: session, payload });
    keys.set(scope, CreatedApiKey.parse(created.json()).secret);
  }
  return { session, keyWithout: (scope: Scope) => ({ "x-api-key": keys.get(scope) ?? "" }) };
}

describe("the routes of the server", () => {
  it("SEC-43: are those of the contract and of the OpenAPI document, no more and no fewer", async () => {
    const ids = (list: readonly { id: string }[]) => new Set(list.map(({ id }) => id));
    expect(ids(served)).toEqual(ids(endpoints));
    const OpenApi = z.object({
      paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
    });
    const committed: unknown = JSON.parse(
      await readFile(join(projectDirectory, "contract/openapi/openapi.json"), "utf8"),
    );
    const documented = Object.values(OpenApi.parse(committed).paths).flatMap((path) => Object.values(path));
    expect(new Set(documented.map(({ operationId }) => operationId))).toEqual(ids(served));
    expect((await app.inject({ url: "/openapi.json" })).json()).toEqual(committed);
  });

  it("refuse who has no credentials, no scope or no right to the thing", async () => {
    const faults = await findRouteFaults({
      app,
      endpoints: served,
      optionalIds: new Set([
        "processSingle",
        "processBatch",
        "getBatchStatus",
        "watchBatch",
        "cancelBatch",
        "pauseBatch",
        "resumeBatch",
        "retryFailed",
        "retryDocument",
        "listDocumentJobs",
        "getDocumentJob",
        "deleteDocumentJob",
        "listDocuments",
        "getDocument",
        "updateDocument",
        "deleteDocument",
        "getDocumentText",
        "getDocumentPage",
        "getDocumentFile",
        "createDocumentLink",
      ]),
      publicIds: new Set([
        "downloadLinkedDocument",
        "register",
        "login",
        "refresh",
        "jwks",
        "requestPasswordReset",
        "confirmPasswordReset",
        "verifyEmail",
        "startGoogleSignIn",
        "finishGoogleSignIn",
        "externalSignInScript",
        "linkGoogleSignIn",
        "signInOptions",
        "signInDebug",
        "healthLive",
        // Asks for its own token, or an administrator.
        "metrics",
        "healthReady",
        "health",
        "openApiDocument",
      ]),
      ...(await newcomer()),
      admin: await administrator(),
    });
    expect(faults).toEqual([]);
  });
});
