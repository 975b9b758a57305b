import { describe, expect, it } from "vitest";
import { fitSchema } from "./fit-schema.ts";

describe("edge case 16: a schema for Anthropic", () => {
  it("keeps what can be compiled, closes objects at every depth, and reads oneOf as anyOf", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      title: "T",
      properties: {
        list: { type: "array", minItems: 1, items: { type: "object", properties: {}, additionalProperties: true } },
        either: { oneOf: [{ type: "string", format: "date" }, { type: "null" }] },
        both: { allOf: [{ $ref: "#/$defs/a" }] },
        one: { enum: ["a", null] },
      },
      required: ["list"],
      $defs: { a: { type: "object", properties: { b: { const: 1 } } } },
    };
    const { schema: fitted, told } = fitSchema(schema);
    expect(fitted).toEqual({
      type: "object",
      title: "T",
      properties: {
        list: { type: "array", minItems: 1, items: { type: "object", properties: {}, additionalProperties: false } },
        either: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] },
        both: { allOf: [{ $ref: "#/$defs/a" }] },
        one: { enum: ["a", null] },
      },
      required: ["list"],
      $defs: { a: { type: "object", properties: { b: { const: 1 } }, additionalProperties: false } },
      additionalProperties: false,
    });
    expect([...told]).toEqual([]);
  });

  it.each([
    [
      { type: "string", pattern: "^a", minLength: 2 },
      { type: "string", description: '{pattern: "^a", minLength: 2}' },
    ],
    [
      { type: "string", format: "iri", description: "D" },
      { type: "string", description: 'D\n\n{format: "iri"}' },
    ],
    [
      { type: "array", minItems: 2, maxItems: 3 },
      { type: "array", description: "{minItems: 2, maxItems: 3}" },
    ],
    [
      { type: "object", patternProperties: { a: {} } },
      { type: "object", additionalProperties: false, description: '{patternProperties: {"a":{}}}' },
    ],
  ])("tells in words what cannot be enforced of %j", (schema, expected) => {
    expect(fitSchema(schema).schema).toEqual(expected);
  });

  it("takes a property that is named like a keyword for what it is", () => {
    const schema = { type: "object", properties: { pattern: { type: "string" }, oneOf: { type: "number" } } };
    expect(fitSchema(schema)).toEqual({ schema: { ...schema, additionalProperties: false }, told: new Set() });
  });
});
