import type { JsonSchema } from "./api-operations.ts";

type Resolve = (schema: JsonSchema) => JsonSchema;

/** Texts of which one fits each pattern of the contract; a pattern that none fits needs a line here. */
const texts = [
  "sample",
  "20",
  "ada@example.org",
  "2099-01-01T00:00:00.000Z",
  "https://app.example.org",
  `file_${"0".repeat(22)}`,
  `user_${"0".repeat(22)}`,
  `ds_${"0".repeat(22)}`,
  `model_${"0".repeat(22)}`,
  `key_${"0".repeat(22)}`,
  `conn_${"0".repeat(22)}`,
  `req_${"0".repeat(22)}`,
  `tag_${"0".repeat(22)}`,
  `doc_${"0".repeat(22)}`,
  `batch_${"0".repeat(22)}`,
  "/tuning",
];

const formats: Readonly<Record<string, string>> = {
  email: "ada@example.org",
  "date-time": "2099-01-01T00:00:00.000Z",
  uri: "https://app.example.org",
};

function sampleText({ format, pattern, minLength = 0 }: JsonSchema): string {
  const byFormat = format === undefined ? undefined : formats[format];
  if (byFormat !== undefined) return byFormat;
  const fitting = texts
    .map((text) => text.padEnd(minLength, "x"))
    .find((text) => pattern === undefined || new RegExp(pattern).test(text));
  if (fitting === undefined) throw new Error(`no sample text fits ${pattern}`);
  return fitting;
}

const sampleNumber = ({ minimum, exclusiveMinimum }: JsonSchema): number =>
  minimum ?? (exclusiveMinimum === undefined ? 1 : exclusiveMinimum + 1);

function sampleObject(schema: JsonSchema, resolve: Resolve): Record<string, unknown> {
  const required = new Set(schema.required);
  const properties = Object.entries(schema.properties ?? {});
  const needed = properties.filter(([name]) => required.has(name));
  // A body in which nothing is required changes nothing when it is empty, which may be refused for that reason.
  const chosen = needed.length === 0 ? properties.slice(0, 1) : needed;
  return Object.fromEntries(chosen.map(([name, property]) => [name, sampleOf(property, resolve)]));
}

/** A small valid value of a schema of the contract. */
export function sampleOf(unresolved: JsonSchema, resolve: Resolve): unknown {
  const schema = resolve(unresolved);
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (first !== undefined) return sampleOf(first, resolve);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "string") return sampleText(schema);
  if (type === "integer" || type === "number") return sampleNumber(schema);
  if (type === "boolean") return true;
  if (type === "null") return null;
  if (type === "array") {
    const { items = {}, minItems = 0 } = schema;
    return Array.from({ length: minItems }, () => sampleOf(items, resolve));
  }
  return sampleObject(schema, resolve);
}
