import { type Endpoint, type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { addressOf } from "../platform/testing/route-walk.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createPerson } from "./testing/people.ts";

const { app, served, close } = await createComposedServer();
afterAll(close);
const person = await createPerson(app, "scopes@example.org");

/** Headers of a key that has this one scope. */
const keys = new Map<Scope, Record<string, string>>();
for (const scope of scopes) keys.set(scope, await person.keyWith([scope]));

/** Without a body and for things that do not exist: whoever is admitted is told so by another status than these. */
async function isAdmitted(endpoint: Endpoint, headers: Record<string, string>): Promise<boolean> {
  const { statusCode } = await app.inject({ method: endpoint.method, url: addressOf(endpoint), headers });
  return ![401, 403].includes(statusCode);
}

describe("SEC-23: the scopes of an API key", () => {
  const forCallers = served.filter(({ access }) => access === "caller");

  it.each(forCallers.map((endpoint) => ({ id: endpoint.id, scope: endpoint.scope, endpoint })))(
    "SEC-23: $id is for keys with $scope and for no others",
    async ({ endpoint, scope }) => {
      const admitted: Scope[] = [];
      for (const [own, headers] of keys) if (await isAdmitted(endpoint, headers)) admitted.push(own);
      expect(admitted).toEqual([scope]);
    },
  );

  it("SEC-23: open nothing that is for people who signed in, and nothing of administration", async () => {
    const everything = await person.keyWith(scopes);
    const opened: string[] = [];
    for (const endpoint of served.filter(({ access }) => access === "session" || access === "admin")) {
      if (await isAdmitted(endpoint, everything)) opened.push(endpoint.id);
    }
    expect(opened).toEqual([]);
  });
});

describe("a client token", () => {
  it("SEC-21: opens the gateway and nothing else, whatever it was made with", async () => {
    const headers = person.clientToken;
    const opened: string[] = [];
    for (const endpoint of served.filter(({ access }) => access !== "public")) {
      if (await isAdmitted(endpoint, headers)) opened.push(endpoint.id);
    }
    const gateway = [
      "countMessageTokens",
      "createChatCompletion",
      "createCompletion",
      "createEmbedding",
      "createImage",
      "createImageEdit",
      "createImageVariation",
      "createMessage",
      "createResponse",
      "createVideo",
      "deleteResponse",
      "deleteVideo",
      "getResponse",
      "getServedModel",
      "getVideo",
      "getVideoContent",
      "listResponseInput",
      "listServedModels",
    ];
    expect(opened.toSorted()).toEqual(gateway);
    const again = await app.inject({ method: "POST", url: "/api/auth/client-token", headers, payload: {} });
    expect(again.json()).toMatchObject({ error: { code: "client_token_not_allowed" } });
  });
});
