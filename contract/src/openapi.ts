import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import type { Endpoint, EndpointResponse } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";
import { ApiError, OpenAiError } from "./errors.ts";

const content = ({ contentType, schema }: EndpointResponse) => {
  if (contentType !== undefined) return { content: { [contentType]: schema === undefined ? {} : { schema } } };
  return schema === undefined ? {} : { content: { "application/json": { schema } } };
};

const multipartBody = {
  content: {
    "multipart/form-data": {
      schema: {
        type: "object" as const,
        properties: { files: { type: "array" as const, items: { type: "string" as const, format: "binary" } } },
        required: ["files"],
      },
    },
  },
};

const security: Record<Endpoint["access"], Record<string, string[]>[]> = {
  public: [],
  session: [{ accessToken: [] }, { sessionCookie: [] }],
  admin: [{ accessToken: [] }, { sessionCookie: [] }],
  caller: [{ accessToken: [] }, { sessionCookie: [] }, { apiKey: [] }],
};

const operation = (endpoint: Endpoint): ZodOpenApiOperationObject => ({
  operationId: endpoint.id,
  tags: [endpoint.tag],
  summary: endpoint.summary,
  security: security[endpoint.access],
  "x-access": endpoint.access,
  "x-rate-class": endpoint.rateClass,
  ...(endpoint.scope === undefined ? {} : { "x-scope": endpoint.scope }),
  ...(endpoint.params === undefined && endpoint.query === undefined
    ? {}
    : {
        requestParams: {
          ...(endpoint.params === undefined ? {} : { path: endpoint.params }),
          ...(endpoint.query === undefined ? {} : { query: endpoint.query }),
        },
      }),
  ...(endpoint.multipart ? { requestBody: multipartBody } : {}),
  ...(endpoint.body === undefined
    ? {}
    : { requestBody: { content: { "application/json": { schema: endpoint.body } } } }),
  responses: {
    ...Object.fromEntries(
      Object.entries(endpoint.responses).map(([status, response]) => [
        status,
        { description: response.description, ...content(response) },
      ]),
    ),
    default: {
      description: "An error",
      content: { "application/json": { schema: endpoint.dialect === "openai" ? OpenAiError : ApiError } },
    },
  },
});

/** Builds the OpenAPI 3.1 document of the platform from the endpoint definitions; pure and deterministic. */
export function buildOpenApiDocument() {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "LLM Tuner",
      version: "0.1.0",
      description: "The OpenAI API you can run yourself, fine-tuning included.",
    },
    components: {
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
        sessionCookie: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-llm-tuner-access",
          description: "Of the web client; calls that change something also need X-Session-Mode and this origin.",
        },
      },
    },
    paths,
  });
}
