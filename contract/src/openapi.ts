import type { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import type { Endpoint, EndpointResponse } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";
import { AnthropicError, ApiError, OpenAiError } from "./errors.ts";

const content = ({ contentType, schema, orEvents }: EndpointResponse) => {
  if (contentType !== undefined) return { content: { [contentType]: schema === undefined ? {} : { schema } } };
  if (schema === undefined) return {};
  return { content: { "application/json": { schema }, ...(orEvents === true ? { "text/event-stream": {} } : {}) } };
};

const listOfFiles = {
  type: "object" as const,
  properties: { files: { type: "array" as const, items: { type: "string" as const, format: "binary" } } },
  required: ["files"],
};

const multipartBodyOf = ({ form }: Endpoint) => ({
  content: { "multipart/form-data": { schema: form ?? listOfFiles } },
});

const requestBodyOf = (endpoint: Endpoint) => {
  const { multipart, body } = endpoint;
  const form = multipart === undefined || multipart === false ? {} : multipartBodyOf(endpoint).content;
  const json = body === undefined ? {} : { "application/json": { schema: body } };
  const content = { ...json, ...form };
  return Object.keys(content).length === 0 ? {} : { requestBody: { content } };
};

/** The schema of an error, by the dialect of its route. */
const errorSchemas: Record<Endpoint["dialect"], z.ZodType> = {
  platform: ApiError,
  openai: OpenAiError,
  anthropic: AnthropicError,
};

const security: Record<Endpoint["access"], Record<string, string[]>[]> = {
  public: [],
  session: [{ accessToken: [] }, { sessionCookie: [] }],
  admin: [{ accessToken: [] }, { sessionCookie: [] }],
  caller: [{ accessToken: [] }, { sessionCookie: [] }, { apiKey: [] }],
  optional: [{}, { accessToken: [] }, { sessionCookie: [] }, { apiKey: [] }],
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
  ...requestBodyOf(endpoint),
  responses: {
    ...Object.fromEntries(
      Object.entries(endpoint.responses).map(([status, response]) => [
        status,
        { description: response.description, ...content(response) },
      ]),
    ),
    default: {
      description: "An error",
      content: { "application/json": { schema: errorSchemas[endpoint.dialect] } },
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
