import { defineEndpoint } from "@llm-tuner/contract/endpoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { authenticatorOf, createTestApp, testCaller } from "../testing/test-app.ts";
import { route } from "./route.ts";

const read = defineEndpoint({
  tag: "Test",
  dialect: "platform",
  summary: "Takes a form or JSON, from anybody",
  rateClass: "write",
  id: "read",
  method: "POST",
  path: "/api/read",
  access: "optional",
  scope: "documents:write",
  multipart: "or_json",
  body: z.strictObject({ url: z.string().max(100) }),
  responses: {
    200: {
      description: "What came",
      schema: z.strictObject({ caller: z.string().nullable(), parts: z.array(z.string()) }),
    },
  },
});

const app = await createTestApp({
  modules: [
    {
      routes: [
        route(read, async ({ caller, body, formParts }) => {
          const parts: string[] = body === undefined ? [] : [`json url=${body.url}`];
          if (body === undefined) {
            for await (const part of formParts()) {
              const value = part.type === "file" ? (await part.toBuffer()).toString() : String(part.value);
              parts.push(`${part.type} ${part.fieldname}=${value}`);
            }
          }
          return { status: 200, body: { caller: caller?.userId ?? null, parts } };
        }),
      ],
      workers: [],
    },
  ],
  authenticator: authenticatorOf({
    person: testCaller({ userId: "user_person" }),
    poor: testCaller({ userId: "user_poor", apiKeyId: "key_1", scopes: ["documents:read"] }),
  }),
});
afterAll(() => app.close());

const ask = (payload: object | FormData, headers: Record<string, string> = {}) =>
  app.inject({ method: "POST", url: "/api/read", headers, payload });

const form = (): FormData => {
  const data = new FormData();
  data.append("max_tags", "3");
  data.append("file", new Blob(["%PDF"]), "a.pdf");
  data.append("languages", "en,de");
  return data;
};

describe("a route whose credentials are optional", () => {
  it("answers somebody without them, and knows who has them", async () => {
    expect((await ask({ url: "x" })).json()).toEqual({ caller: null, parts: ["json url=x"] });
    const known = await ask({ url: "x" }, { authorization: "Bearer person" });
    expect(known.json()).toMatchObject({ caller: "user_person" });
  });

  it("refuses credentials that do not hold, and a key without the scope, instead of forgetting them", async () => {
    const wrong = await ask({ url: "x" }, { authorization: "Bearer expired" });
    expect([wrong.statusCode, wrong.json().error.code]).toEqual([401, "invalid_credentials"]);
    const poor = await ask({ url: "x" }, { "x-api-key": "poor" });
    expect([poor.statusCode, poor.json().error.code]).toEqual([403, "insufficient_scope"]);
  });
});

describe("a route that takes a form or JSON", () => {
  it("gives the parts of a form in their order, files and fields", async () => {
    expect((await ask(form())).json().parts).toEqual(["field max_tags=3", "file file=%PDF", "field languages=en,de"]);
  });

  it("still checks JSON by its schema, and takes no third kind", async () => {
    const faulty = await ask({ url: "x", more: 1 });
    expect([faulty.statusCode, faulty.json().error.code]).toEqual([400, "invalid_request"]);
    const text = await app.inject({
      method: "POST",
      url: "/api/read",
      headers: { "content-type": "text/csv" },
      payload: "a,b",
    });
    expect(text.statusCode).toBe(415);
  });
});
