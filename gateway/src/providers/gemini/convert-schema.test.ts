import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import type { JsonObject } from "../../json.ts";
import { convertSchema } from "./convert-schema.ts";

const converted = (schema: JsonObject, strict = false) => {
  const notes = new TranslationNotes({ strict });
  return { schema: convertSchema(schema, "tools[0].parameters", notes), warnings: notes.header() };
};

describe("edge case 16: a schema for Gemini", () => {
  it("keeps what Gemini knows, null among the types included", () => {
    const schema = {
      type: "object",
      title: "T",
      description: "D",
      properties: {
        name: { type: ["string", "null"], format: "date" },
        tags: { type: "array", items: { type: "string", enum: ["a", "b"] }, minItems: 1, maxItems: 3 },
        pair: { type: "array", prefixItems: [{ type: "number", minimum: 0, maximum: 1 }] },
        either: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["name"],
      additionalProperties: false,
      propertyOrdering: ["name", "tags"],
    };
    expect(converted(schema, true)).toEqual({ schema, warnings: undefined });
  });

  it.each([
    [{ const: "a" }, { enum: ["a"], type: "string" }],
    [
      { type: "integer", const: 1 },
      { type: "integer", enum: [1] },
    ],
    [{ const: null }, { type: "null" }],
    [{ oneOf: [{ const: "a" }, true] }, { anyOf: [{ enum: ["a"], type: "string" }, {}] }],
    [
      { enum: ["a", null], type: ["string", "null"] },
      { enum: ["a"], type: ["string", "null"] },
    ],
    [
      { allOf: [{ type: "string" }], description: "d" },
      { type: "string", description: "d" },
    ],
    [{ additionalProperties: { type: "string" } }, { additionalProperties: { type: "string" } }],
    [
      { type: "array", items: true },
      { type: "array", items: true },
    ],
    [{ $schema: "x", default: 1, examples: [1], deprecated: true, type: "number" }, { type: "number" }],
  ])("says %j as %j", (schema, said) => {
    expect(converted(schema, true).schema).toEqual(said);
  });

  it.each([
    ["pattern", { type: "string", pattern: "^a" }, { type: "string" }],
    ["minLength, maxLength", { type: "string", minLength: 1, maxLength: 2 }, { type: "string" }],
    ["uniqueItems", { type: "array", uniqueItems: true }, { type: "array" }],
    ["not", { not: { type: "string" } }, {}],
    ["const", { const: true }, { type: "boolean" }],
    ["enum", { enum: [true, "a"] }, {}],
    ["allOf", { allOf: [{ type: "string" }, { minimum: 1 }] }, {}],
    ["__proto__", JSON.parse('{"__proto__": {"type": "string"}}'), {}],
  ])("leaves out %s and says so", (keywords, schema: JsonObject, left) => {
    const { schema: sent, warnings } = converted(schema);
    expect(sent).toEqual(left);
    expect(warnings).toBe(`tools[0].parameters: Gemini has no such keywords in a schema: ${keywords}`);
    expect(() => converted(schema, true)).toThrow("`tools[0].parameters` cannot be carried");
  });

  it("keeps names of properties that look like keywords", () => {
    const schema = { type: "object", properties: { pattern: { type: "string" }, $ref: { type: "string" } } };
    expect(converted(schema, true).schema).toEqual(schema);
  });

  it("writes references out, with what stands beside them", () => {
    const schema = {
      type: "object",
      properties: {
        home: { $ref: "#/$defs/Address", description: "Where." },
        work: { $ref: "#/definitions/Address~1Work" },
        first: { $ref: "#/properties/home" },
      },
      $defs: { Address: { type: "object", properties: { city: { type: "string" } } } },
      definitions: { "Address/Work": { $ref: "#/$defs/Address" } },
    };
    const address = { type: "object", properties: { city: { type: "string" } } };
    expect(converted(schema, true).schema).toEqual({
      type: "object",
      properties: {
        home: { ...address, description: "Where." },
        work: address,
        first: { ...address, description: "Where." },
      },
    });
  });

  it("gives what holds itself once, and refers to it", () => {
    const node = {
      type: "object",
      properties: { value: { type: "string", pattern: "x" }, next: { $ref: "#/$defs/Node", description: "More." } },
    };
    const { schema, warnings } = converted({
      type: "object",
      properties: { list: { $ref: "#/$defs/Node" } },
      $defs: { Node: node },
    });
    expect(schema).toEqual({
      type: "object",
      properties: { list: { $ref: "#/$defs/recursive1" } },
      $defs: {
        recursive1: {
          type: "object",
          properties: { value: { type: "string" }, next: { $ref: "#/$defs/recursive1" } },
        },
      },
    });
    expect(warnings).toContain("pattern");
  });

  it("follows a whole schema that holds itself, and two that hold each other", () => {
    const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } };
    const sentTree = {
      type: "object",
      properties: { children: { type: "array", items: { $ref: "#/$defs/recursive1" } } },
    };
    expect(converted(tree, true).schema).toEqual({ ...sentTree, $defs: { recursive1: sentTree } });
    const { schema } = converted({
      properties: { a: { $ref: "#/$defs/A" } },
      $defs: { A: { properties: { b: { $ref: "#/$defs/B" } } }, B: { properties: { a: { $ref: "#/$defs/A" } } } },
    });
    expect(schema).toEqual({
      properties: { a: { $ref: "#/$defs/recursive1" } },
      $defs: { recursive1: { properties: { b: { properties: { a: { $ref: "#/$defs/recursive1" } } } } } },
    });
  });

  it.each(["#/$defs/Nobody", "https://example.com/schema", "#/%zz", "#/$defs/__proto__"])(
    "refuses the reference %s",
    ($ref) => {
      expect(() => converted({ properties: { a: { $ref } } })).toThrow("leads nowhere within the schema");
    },
  );

  it("refuses what grows beyond all bounds when it is written out", () => {
    const $defs: JsonObject = { d0: { type: "string" } };
    for (let level = 1; level < 30; level += 1) {
      const $ref = `#/$defs/d${level - 1}`;
      $defs[`d${level}`] = { properties: { a: { $ref }, b: { $ref } } };
    }
    expect(() => converted({ $ref: "#/$defs/d29", $defs })).toThrow("it is too large");
  });
});
