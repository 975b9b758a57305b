import { z } from "zod";

/** A JSON schema as the OpenAPI document has it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  minItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
}

const Schema: z.ZodType<JsonSchema> = z.looseObject({});
const Content = z.record(z.string(), z.looseObject({ schema: Schema.optional() })).optional();
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        "x-access": z.enum(["public", "session", "admin", "caller", "optional"]),
        "x-scope": z.string().optional(),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
        requestBody: z.looseObject({ content: Content }).optional(),
        responses: z.record(z.string(), z.looseObject({ content: Content })),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), Schema) }),
});

/** One operation of the OpenAPI document. */
export interface ApiOperation {
  id: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  access: "public" | "session" | "admin" | "caller" | "optional";
  scope: string | undefined;
  /** Names of the parameters in the path. */
  params: string[];
  /** Of a JSON body. */
  body: JsonSchema | undefined;
  /** It takes a form and nothing else. */
  isMultipart: boolean;
  /** Of the JSON answers that are no errors. */
  answers: JsonSchema[];
}

export interface ApiDescription {
  operations: ApiOperation[];
  /** The schema itself, or the one that it refers to. */
  resolve(schema: JsonSchema): JsonSchema;
}

const Method = z.enum(["GET", "POST", "PATCH", "DELETE"]);

/** Reads an OpenAPI document into what a test walks over. */
export function readApiDescription(document: unknown): ApiDescription {
  const { paths, components } = Document.parse(document);
  const resolve = (schema: JsonSchema): JsonSchema => {
    const name = schema.$ref?.split("/").at(-1);
    if (name === undefined) return schema;
    const found = components.schemas[name];
    if (found === undefined) throw new Error(`the document refers to ${name}, which it does not have`);
    return resolve(found);
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): ApiOperation => ({
      id: operation.operationId,
      method: Method.parse(method.toUpperCase()),
      path,
      access: operation["x-access"],
      scope: operation["x-scope"],
      params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
      body: operation.requestBody?.content?.["application/json"]?.schema,
      isMultipart:
        operation.requestBody?.content?.["multipart/form-data"] !== undefined &&
        operation.requestBody.content["application/json"] === undefined,
      answers: Object.entries(operation.responses)
        .filter(([status]) => status.startsWith("2"))
        .flatMap(([, { content }]) => content?.["application/json"]?.schema ?? []),
    })),
  );
  return { operations, resolve };
}
