import { idPrefixes } from "@llm-tuner/contract/ids.ts";
import { z } from "zod";

/** Where in a body a text may stand, and a body that has one there. */
export interface Place {
  path: readonly (string | number)[];
  body: unknown;
}

const JsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  get anyOf() {
    return z.array(JsonSchema).optional();
  },
  get oneOf() {
    return z.array(JsonSchema).optional();
  },
  get allOf() {
    return z.array(JsonSchema).optional();
  },
  get properties() {
    return z.record(z.string(), JsonSchema).optional();
  },
  get items() {
    return JsonSchema.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), JsonSchema]).optional();
  },
  required: z.array(z.string()).optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  minimum: z.number().optional(),
});
type JsonSchema = z.infer<typeof JsonSchema>;

const ids = Object.values(idPrefixes).map((prefix) => prefix + "0".repeat(22));
const formats: Readonly<Record<string, string>> = {
  email: "ada@example.org",
  uri: "https://a.example/a.pdf",
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
};

function sampleText({ format = "", pattern, minLength = 1 }: JsonSchema): string {
  const known = formats[format];
  if (known !== undefined) return known;
  const plain = "text".padEnd(minLength, "x");
  if (pattern === undefined) return plain;
  return [plain, "en", "1", "2026-01-01", ...ids].find((text) => new RegExp(pattern, "u").test(text)) ?? plain;
}

const branchesOf = ({ anyOf, oneOf, allOf }: JsonSchema): JsonSchema[] => anyOf ?? oneOf ?? allOf ?? [];

/** A value of the schema, with what it requires and no more. */
function sample(schema: JsonSchema): unknown {
  if ("const" in schema) return schema["const"];
  if (schema.enum !== undefined) return schema.enum[0];
  const [branch] = branchesOf(schema);
  if (branch !== undefined) return sample(branch);
  const [type = "string"] = [schema.type ?? []].flat();
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name))
          .map(([name, property]) => [name, sample(property)]),
      );
    case "array":
      return schema.items === undefined ? [] : [sample(schema.items)];
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleText(schema);
  }
}

const mostDepth = 6;

/** Paths at which a value of the schema may have a text, through every branch and every optional field. */
function textPaths(schema: JsonSchema, depth = 0): (string | number)[][] {
  if (depth > mostDepth) return [];
  const branches = branchesOf(schema);
  if (branches.length > 0) return branches.flatMap((branch) => textPaths(branch, depth));
  const types = [schema.type ?? []].flat();
  const below = (name: string | number, inner: JsonSchema) =>
    textPaths(inner, depth + 1).map((path) => [name, ...path]);
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...(types.includes("string") ? [[]] : []),
    ...Object.entries(properties).flatMap(([name, property]) => below(name, property)),
    ...(items === undefined ? [] : below(0, items)),
    ...(typeof additionalProperties === "object" ? below("any", additionalProperties) : []),
  ];
}

/** Every place of a text in bodies of a schema, once each. */
export function placesOfTexts(schema: z.ZodType): Place[] {
  const described = JsonSchema.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }));
  const body = sample(described);
  const paths = new Map(textPaths(described).map((path) => [path.join("."), path]));
  return [...paths.values()].map((path) => ({ path, body }));
}

/** A copy of a value in which `text` stands at the end of the path, whatever was on its way. */
function put(value: unknown, [name, ...rest]: readonly (string | number)[], text: string): unknown {
  if (name === undefined) return text;
  if (typeof name === "number") return [put(Array.isArray(value) ? value[name] : undefined, rest, text)];
  const fields = Object(typeof value === "object" ? value : {}) as Record<string, unknown>; // Of a sample, made above.
  return { ...fields, [name]: put(fields[name], rest, text) };
}

/** The body of a place, with this text there. */
export const withTextAt = ({ path, body }: Place, text: string): unknown => put(body, path, text);
