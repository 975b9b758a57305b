import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Route, route } from "../http/route.ts";
import { findRouteFaults } from "./route-walk.ts";
import { authenticatorOf, createTestApp, testCaller } from "./test-app.ts";

const schema = z.strictObject({});
const common = {
  tag: "Test",
  dialect: "platform",
  summary: "A test route",
  rateClass: "read",
  method: "GET",
  path: "/api/things/{id}",
  params: z.strictObject({ id: z.string() }),
  responses: { 200: { description: "Ok", schema } },
} as const;
const good = defineEndpoint({ ...common, id: "good", access: "caller", scope: "files:read" });

async function faultsOf(routes: Route[], publicIds: string[] = [], optionalIds: string[] = []): Promise<string> {
  const authenticator = authenticatorOf({
    key: testCaller({ userId: "user_1", apiKeyId: "key_1", scopes: ["chat"] }),
    person: testCaller({ userId: "user_2" }),
    admin: testCaller({ userId: "user_3", role: "admin" }),
  });
  const app = await createTestApp({ modules: [{ routes, workers: [] }], authenticator });
  const faults = await findRouteFaults({
    app,
    endpoints: routes.map(({ endpoint }) => endpoint),
    publicIds: new Set(publicIds),
    optionalIds: new Set(optionalIds),
    keyWithout: () => ({ "x-api-key": "key" }),
    session: { authorization: "Bearer person" },
    admin: { authorization: "Bearer admin" },
  });
  await app.close();
  return faults.join("\n");
}

describe("the walk over all routes notices", () => {
  it("an id of somebody else that is answered", async () => {
    expect(await faultsOf([route(good, async () => ({ status: 200, body: {} }))])).toMatch(
      /^good answered 200 instead of 404/,
    );
  });

  it("a public route that is not on the list, and one on the list that is not public", async () => {
    const open = defineEndpoint({ ...common, id: "open", access: "public" });
    const handler = async () => ({ status: 200 as const, body: {} });
    expect(await faultsOf([route(open, handler)])).toBe("open is public or not, against the list");
    expect(await faultsOf([route(open, handler)], ["open"])).toBe("");
    expect(await faultsOf([route(good, handler)], ["good"])).toContain("good is public or not, against the list");
  });

  it("a route that works without credentials and is not on the list, or gives away what nobody holds the id of", async () => {
    const optional = defineEndpoint({ ...common, id: "optional", access: "optional", scope: "files:read" });
    const said = await faultsOf([route(optional, async () => ({ status: 200, body: {} }))]);
    expect(said).toContain("optional works without credentials or not, against the list");
    expect(said).toContain("optional answered 200 instead of 404");
    expect(await faultsOf([route(good, async () => ({ status: 200, body: {} }))], [], ["good"])).toContain(
      "good works without credentials or not, against the list",
    );
  });

  it("a missing scope and a missing schema", async () => {
    const responses = { 200: { description: "Ok" } } as const;
    const loose = defineEndpoint({ ...common, id: "loose", access: "caller", responses });
    const said = await faultsOf([route(loose, async () => ({ status: 200 }))]);
    expect(said).toContain("loose has no scope, or one without a use");
    expect(said).toContain("loose has an answer without a schema");
  });

  it("a route for administrators that takes a thing of nobody's", async () => {
    const ruled = defineEndpoint({ ...common, id: "ruled", access: "admin" });
    const said = await faultsOf([route(ruled, async () => ({ status: 200, body: {} }))]);
    expect(said).toMatch(/^ruled answered 200 instead of 404/);
  });

  it("a route that was not mounted", async () => {
    const app = await createTestApp({ modules: [] });
    const faults = await findRouteFaults({
      app,
      endpoints: [good],
      publicIds: new Set(),
      optionalIds: new Set(),
      keyWithout: () => ({}),
      session: {},
      admin: {},
    });
    expect(faults[0]).toMatch(/^good answered 404 instead of 401/);
    await app.close();
  });
});
