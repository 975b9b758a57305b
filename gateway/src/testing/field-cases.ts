import type { JsonObject } from "../json.ts";

/** Why nobody misses a field where it is left out without a word. */
export interface Exception {
  why: string;
  /** Formats of providers, or models; everywhere, when it is left out. */
  at?: readonly string[];
}

/** Two bodies that differ in one field. */
export interface FieldCase {
  /** Path in the dialect; of a list, any entry of it. */
  field: string;
  before: JsonObject;
  after: JsonObject;
  exception?: Exception;
}

/** Fields that every body here has. */
export const required: ReadonlySet<string> = new Set(["model", "messages", "prompt", "input", "max_tokens"]);

export const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
export const picture = "data:image/png;base64,iVBORw0KGgo=";
export const pdf = "data:application/pdf;base64,JVBERi0xLjQ=";

type Patches = Readonly<Record<string, unknown>>;

/** Top-level fields, each added to the base by itself. */
export const top = (base: JsonObject, fields: Patches): FieldCase[] =>
  Object.entries(fields).map(([field, value]) => ({ field, before: base, after: { ...base, [field]: value } }));

/** Fields of something within the body; `place` puts it there. */
export const within = (prefix: string, place: (more: JsonObject) => JsonObject, fields: Patches): FieldCase[] =>
  Object.entries(fields).map(([field, value]) => ({
    field: `${prefix}.${field}`,
    before: place({}),
    after: place({ [field]: value }),
  }));

export const excepted = (
  reasons: Readonly<Record<string, string | Exception>>,
  cases: readonly FieldCase[],
): FieldCase[] => {
  const unknown = Object.keys(reasons).filter((field) => cases.every((each) => each.field !== field));
  if (unknown.length > 0) throw new Error(`exceptions for no field: ${unknown.join(", ")}`);
  return cases.map((each) => {
    const reason = reasons[each.field];
    if (reason === undefined) return each;
    return { ...each, exception: typeof reason === "string" ? { why: reason } : reason };
  });
};
