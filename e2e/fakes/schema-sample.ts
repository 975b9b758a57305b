import { isObject, listOr, numberOr, objectOr, textOr, type JsonObject } from "./json.ts";
import { digest, seededText } from "./seeded.ts";

const formats: Readonly<Record<string, string>> = {
  date: "2026-01-02",
  "date-time": "2026-01-02T03:04:05Z",
  time: "03:04:05Z",
  email: "ada@example.org",
  uri: "https://example.org/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
};

const resolve = (root: JsonObject, pointer: string): unknown =>
  pointer
    .replace(/^#\/?/, "")
    .split("/")
    .filter((step) => step !== "")
    .reduce<unknown>((value, step) => objectOr(value)[step.replaceAll("~1", "/").replaceAll("~0", "~")], root);

const typeOf = (schema: JsonObject): string => {
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  const named = types.find((type): type is string => typeof type === "string" && type.toLowerCase() !== "null");
  if (named !== undefined) return named.toLowerCase();
  if (schema["properties"] !== undefined) return "object";
  if (schema["items"] !== undefined) return "array";
  return types.includes("null") ? "null" : "string";
};

const sampleText = (schema: JsonObject, seed: string): string => {
  const format = formats[textOr(schema["format"])];
  if (format !== undefined) return format;
  const text = seededText(seed, 2).padEnd(numberOr(schema["minLength"], 0), "o");
  return text.slice(0, numberOr(schema["maxLength"], text.length));
};

const sampleNumber = (schema: JsonObject, isWhole: boolean): number => {
  const above = schema["exclusiveMinimum"];
  const least = typeof above === "number" ? above + (isWhole ? 1 : 0.5) : numberOr(schema["minimum"], 1);
  return Math.min(least, numberOr(schema["maximum"], least));
};

/** A value that fits the schema, the same for the same seed. Recursion ends after eight levels in empty lists. */
export const sampleOf = (schema: unknown, seed: string, root: JsonObject = objectOr(schema), depth = 0): unknown => {
  if (!isObject(schema)) return {};
  if (typeof schema["$ref"] === "string") return sampleOf(resolve(root, schema["$ref"]), seed, root, depth + 1);
  if (schema["const"] !== undefined) return schema["const"];
  const [firstOfEnum] = listOr(schema["enum"]);
  if (firstOfEnum !== undefined) return firstOfEnum;
  const choices = [...listOr(schema["anyOf"]), ...listOr(schema["oneOf"])];
  if (choices.length > 0) {
    const [first, second] = choices;
    return sampleOf(
      depth > 6 ? (choices.find((one) => typeOf(objectOr(one)) === "null") ?? second) : first,
      seed,
      root,
      depth + 1,
    );
  }
  const type = typeOf(schema);
  switch (type) {
    case "object": {
      const names = depth > 8 ? listOr(schema["required"]) : Object.keys(objectOr(schema["properties"]));
      const valueOf = (name: string): unknown =>
        sampleOf(objectOr(schema["properties"])[name], digest(seed + name), root, depth + 1);
      return Object.fromEntries(names.map((name) => [String(name), valueOf(String(name))]));
    }
    case "array": {
      const length = Math.max(numberOr(schema["minItems"], 0), depth > 8 ? 0 : 1);
      return Array.from({ length }, (_, at) => sampleOf(schema["items"], `${seed}${at}`, root, depth + 1));
    }
    case "integer":
    case "number":
      return sampleNumber(schema, type === "integer");
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleText(schema, seed);
  }
};
