import { isJsonObject, type JsonObject } from "../../json.ts";

const stringFormats = new Set("date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" "));

/** Keywords that hold schemas: one, a list of them, or one for each name. */
const one = new Set(["items"]);
const lists = new Set(["anyOf", "allOf"]);
const byName = new Set(["properties", "$defs", "definitions"]);
const kept = new Set(["$ref", "type", "enum", "const", "required", "title", "description", "default"]);

const isKept = (keyword: string, value: unknown): boolean => {
  if (keyword === "format") return typeof value === "string" && stringFormats.has(value);
  if (keyword === "minItems") return value === 0 || value === 1;
  return kept.has(keyword);
};

interface FittedSchema {
  schema: JsonObject;
  /** Keywords that are told to the model in words. */
  told: ReadonlySet<string>;
}

class Fitting {
  readonly told = new Set<string>();

  schema(value: unknown): unknown {
    if (!isJsonObject(value)) return value;
    const fitted: JsonObject = {};
    const words: string[] = [];
    for (const [keyword, inner] of Object.entries(value)) {
      // `$schema` names the dialect and constrains nothing; objects are closed below.
      if (keyword === "$schema" || keyword === "additionalProperties") continue;
      if (one.has(keyword) && isJsonObject(inner)) fitted[keyword] = this.schema(inner);
      else if (lists.has(keyword) && Array.isArray(inner)) fitted[keyword] = inner.map((entry) => this.schema(entry));
      else if (keyword === "oneOf" && Array.isArray(inner)) fitted["anyOf"] = inner.map((entry) => this.schema(entry));
      else if (byName.has(keyword) && isJsonObject(inner)) fitted[keyword] = this.#each(inner);
      else if (isKept(keyword, inner)) fitted[keyword] = inner;
      else {
        this.told.add(keyword);
        words.push(`${keyword}: ${JSON.stringify(inner)}`);
      }
    }
    if (value["type"] === "object" || isJsonObject(value["properties"])) fitted["additionalProperties"] = false;
    return words.length === 0 ? fitted : { ...fitted, description: describe(value["description"], words) };
  }

  #each(schemas: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, this.schema(schema)]));
  }
}

const describe = (description: unknown, words: readonly string[]): string =>
  [...(typeof description === "string" ? [description] : []), `{${words.join(", ")}}`].join("\n\n");

/**
 * A JSON schema as Anthropic compiles it: objects closed, `oneOf` as `anyOf`, and what it cannot enforce, such as
 * `minimum` and `pattern`, in the description, where the model reads it. Source: the same step in Anthropic's own SDK.
 */
export const fitSchema = (schema: JsonObject): FittedSchema => {
  const fitting = new Fitting();
  const fitted = fitting.schema(schema);
  return { schema: isJsonObject(fitted) ? fitted : schema, told: fitting.told };
};
