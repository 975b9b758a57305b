import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

/** The part of JSON Schema in which bounds are written. */
const Node = z.looseObject({
  type: z.string().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  additionalProperties: z.unknown().optional(),
});

/** An anchored pattern in which nothing repeats without end. */
const isBoundedPattern = (pattern: string | undefined): boolean =>
  pattern !== undefined && /^\^.*\$$/s.test(pattern) && !/(?<!\\)(?:[*+]|\{\d+,\})(?![^[]*\])/.test(pattern);

function faultOf(node: z.infer<typeof Node>): string | undefined {
  const { type, format, pattern } = node;
  const isWord = "enum" in node || "const" in node;
  const isBoundedText = node.maxLength !== undefined || isBoundedPattern(pattern) || format === "date-time";
  if (type === "string" && !isWord && !isBoundedText) return "a text without a longest length";
  if (type === "array" && node.maxItems === undefined) return "an array without a largest length";
  if (type === "object" && typeof node.additionalProperties === "object" && !("maxProperties" in node))
    return "a record without bounds";
  return undefined;
}

/** Everything without a bound within a schema, by its place. */
function unbounded(value: unknown, place: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => unbounded(item, `${place}.${index}`));
  const parsed = Node.safeParse(value);
  if (!parsed.success) return [];
  const fault = faultOf(parsed.data);
  return [
    ...(fault === undefined ? [] : [`${place} is ${fault}`]),
    ...Object.entries(parsed.data).flatMap(([name, inner]) => unbounded(inner, `${place}.${name}`)),
  ];
}

const faultsOf = (schema: z.ZodType | undefined, place: string): string[] =>
  schema === undefined ? [] : unbounded(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), place);

// The length of the address bounds how many parameters it has.
const isNoRecord = (fault: string): boolean => !fault.endsWith("record without bounds");

const all = ({ id, params, query, body }: Endpoint): string[] => [
  ...faultsOf(params, `${id} params`),
  ...faultsOf(query, `${id} query`).filter(isNoRecord),
  ...faultsOf(body, `${id} body`),
];

// In OpenAI's dialect the schemas describe and do not close: the gateway bounds those bodies by their size.
const closed = endpoints.filter(({ dialect }) => dialect === "platform");

describe("what a caller sends", () => {
  it("SEC-24: has a bound in every text, array and record of the platform's own dialect", () => {
    expect(closed.length).toBeGreaterThan(50);
    expect(closed.flatMap(all)).toEqual([]);
  });

  it("SEC-24: asks for pages of a bounded size", () => {
    for (const { id, query } of endpoints) {
      const limit = query?.shape.limit;
      if (limit === undefined) continue;
      const accepts = (value: number) => z.safeParse(limit, value).success;
      expect([id, accepts(1), accepts(100), accepts(1001), accepts(1e9), accepts(0)]).toEqual([
        id,
        true,
        true,
        false,
        false,
        false,
      ]);
    }
  });

  it("the walk finds what has no bound", () => {
    const schema = z.strictObject({
      text: z.string(),
      list: z.array(z.string().max(5)),
      record: z.record(z.string().max(5), z.int()),
      open: z.string().regex(/^[a-z]+$/),
      fine: z.string().regex(/^[a-z+*]{1,9}$/),
      word: z.enum(["a"]),
    });
    expect(faultsOf(schema, "x").map((fault) => fault.replace("x.properties.", "").split(" ")[0])).toEqual([
      "text",
      "list",
      "record",
      "open",
    ]);
  });
});
