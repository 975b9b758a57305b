import { isObject, type JsonObject } from "../json.ts";

/** Below these names stands what the caller made up; its names are left alone. */
const opaque = new Set([
  "args",
  "response",
  "parametersJsonSchema",
  "responseJsonSchema",
  "default",
  "example",
  "partMetadata",
]);

const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const inside = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inside);
  return isObject(value) ? canonical(value) : value;
};

/** Google takes `system_instruction` for `systemInstruction`, everywhere. The names of properties in a schema stay. */
export const canonical = (body: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(body).map(([given, value]) => {
      const name = camel(given);
      if (opaque.has(name)) return [name, value];
      if (name === "properties" && isObject(value)) {
        return [name, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inside(one)]))];
      }
      return [name, inside(value)];
    }),
  );
