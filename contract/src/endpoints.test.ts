import { describe, expect, it } from "vitest";
import { endpoints, pathsOf } from "./endpoints.ts";
import { buildOpenApiDocument } from "./openapi.ts";

const named = endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);

describe("the list of endpoints", () => {
  it("names every operation and every method of a path once", () => {
    const ids = endpoints.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const places = named.map(([place]) => place);
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(named)("%s demands a scope exactly when an API key may call it", (_, { access, scope }) => {
    expect(scope !== undefined).toBe(access === "caller" || access === "optional");
  });

  it.each(named)("%s has parameters for exactly the names in its path", (_, { path, params }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(params?.shape ?? {})).toEqual(inPath);
  });

  it.each(named)("%s describes a successful answer", (_, { responses }) => {
    const successful = Object.entries(responses).filter(([status]) => Number(status) < 300);
    expect(successful.length).toBeGreaterThan(0);
    for (const [status, { schema, contentType }] of successful) {
      expect(status === "204" || schema !== undefined || contentType !== undefined).toBe(true);
    }
  });

  it("answers accounts under a second prefix, and nothing else", () => {
    expect(pathsOf({ path: "/api/auth/me" })).toEqual(["/api/auth/me", "/api/v1/auth/me"]);
    expect(pathsOf({ path: "/api/files" })).toEqual(["/api/files"]);
  });
});

describe("the OpenAPI document", () => {
  const document = buildOpenApiDocument();

  it("holds every endpoint with its security and its error body", () => {
    for (const [place, { method, path, access }] of named) {
      const operation =
        document.paths?.[path]?.[
          method === "GET" ? "get" : method === "POST" ? "post" : method === "PATCH" ? "patch" : "delete"
        ];
      expect(operation, place).toBeDefined();
      expect(operation?.security, place).toHaveLength(
        { public: 0, session: 2, admin: 2, caller: 3, optional: 4 }[access],
      );
      expect(operation?.responses?.["default"], place).toBeDefined();
    }
  });

  it("is the same each time it is built", () => {
    expect(JSON.stringify(buildOpenApiDocument())).toBe(JSON.stringify(document));
  });

  it("shares named schemas instead of repeating them", () => {
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(
      expect.arrayContaining(["User", "TrainingJob", "ApiError", "OpenAiError"]),
    );
  });
});
