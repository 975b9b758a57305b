import type { TranslationNotes } from "../../conversation/notes.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

/**
 * What Gemini takes of JSON Schema in `parametersJsonSchema` and `responseJsonSchema`, by the reference of
 * `GenerationConfig` (v1beta). Of what is not listed there nothing is promised, so it is not sent.
 */
const known = new Set(
  "type format title description enum items prefixItems minItems maxItems minimum maximum anyOf properties additionalProperties required propertyOrdering".split(
    " ",
  ),
);

/** They say something about a schema without narrowing what fits it, so that nobody has to hear of their loss. */
const annotations = new Set(
  "$schema $id $anchor $comment $defs definitions default examples example deprecated readOnly writeOnly".split(" "),
);

/** More than a schema of any use has; references written out could make millions of a few lines. */
const maxNodes = 20_000;

/** Follows a JSON pointer (RFC 6901) within the document; undefined when nothing lies there. */
const followPointer = (document: JsonObject, pointer: string): unknown => {
  let here: unknown = document;
  for (const encoded of pointer.split("/").slice(1)) {
    const key = decodeURIComponent(encoded).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isJsonObject(here) && Object.hasOwn(here, key)) here = here[key];
    else return undefined;
  }
  return here;
};

const decodable = (pointer: string): boolean => {
  try {
    decodeURIComponent(pointer);
    return true;
  } catch {
    return false;
  }
};

class Converter {
  readonly #document: JsonObject;
  readonly #field: string;
  readonly #notes: TranslationNotes;
  readonly #lost = new Set<string>();
  /** Definitions that hold themselves, by pointer: they stay references. */
  readonly #recursive = new Map<string, string>();
  readonly #definitions: JsonObject = {};
  #nodes = 0;

  constructor(document: JsonObject, field: string, notes: TranslationNotes) {
    this.#document = document;
    this.#field = field;
    this.#notes = notes;
  }

  convert(): JsonObject {
    const schema = this.#object(this.#document, ["#"]);
    if (this.#recursive.has("#")) this.#define("#");
    if (this.#lost.size > 0) {
      this.#notes.lost(this.#field, `Gemini has no such keywords in a schema: ${[...this.#lost].join(", ")}`);
    }
    return this.#recursive.size === 0 ? schema : { ...schema, $defs: this.#definitions };
  }

  /** `open`: the pointers that are being written out around this schema. */
  #schema(schema: unknown, open: readonly string[]): unknown {
    if (schema === true) return {};
    if (schema === false) this.#notes.refuse(this.#field, "Gemini has no schema that nothing fits");
    return isJsonObject(schema) ? this.#object(schema, open) : {};
  }

  #object(schema: JsonObject, open: readonly string[]): JsonObject {
    this.#nodes += 1;
    if (this.#nodes > maxNodes) this.#notes.refuse(this.#field, "with its references written out it is too large");
    const { $ref, ...beside } = schema;
    if (typeof $ref === "string") return this.#reference($ref, beside, open);
    const merged = this.#withOnlyAllOf(schema);
    const converted: JsonObject = {};
    for (const [keyword, value] of Object.entries(merged)) this.#keyword(converted, keyword, value, open);
    return converted;
  }

  /** A list of one, as generators write it around a reference, says the same as its only member. */
  #withOnlyAllOf(schema: JsonObject): JsonObject {
    const { allOf, ...beside } = schema;
    const members: unknown[] = Array.isArray(allOf) ? allOf : [];
    const [only] = members;
    if (members.length !== 1 || !isJsonObject(only)) return schema;
    const target = typeof only["$ref"] === "string" ? this.#target(only["$ref"]) : only;
    return { ...target, ...beside };
  }

  #keyword(converted: JsonObject, keyword: string, value: unknown, open: readonly string[]): void {
    switch (keyword) {
      case "properties":
        converted[keyword] = this.#properties(value, open);
        return;
      case "items":
      case "additionalProperties":
        // `false` is a word of its own here: no further member.
        converted[keyword] = typeof value === "boolean" ? value : this.#schema(value, open);
        return;
      case "anyOf":
      case "oneOf":
      case "prefixItems":
        if (Array.isArray(value)) {
          converted[keyword === "oneOf" ? "anyOf" : keyword] = value.map((member) => this.#schema(member, open));
        }
        return;
      case "const":
        this.#constant(converted, value);
        return;
      case "enum":
        this.#enumeration(converted, value);
        return;
      default:
        if (known.has(keyword)) converted[keyword] = value;
        else if (!annotations.has(keyword)) this.#lost.add(keyword);
    }
  }

  #properties(value: unknown, open: readonly string[]): JsonObject {
    if (!isJsonObject(value)) return {};
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#schema(member, open)]));
  }

  #constant(converted: JsonObject, value: unknown): void {
    if (typeof value === "string" || typeof value === "number") {
      converted["enum"] = [value];
      converted["type"] ??= typeof value;
    } else if (value === null) converted["type"] = "null";
    else {
      this.#lost.add("const");
      if (typeof value === "boolean") converted["type"] ??= "boolean";
    }
  }

  /** Only texts and numbers are taken; null is said by the type. */
  #enumeration(converted: JsonObject, value: unknown): void {
    const members: unknown[] = Array.isArray(value) ? value : [];
    const wanted = members.filter((member) => member !== null);
    const canBeTaken = wanted.every((member) => typeof member === "string" || typeof member === "number");
    if (wanted.length > 0 && canBeTaken) converted["enum"] = wanted;
    else this.#lost.add("enum");
  }

  #target(pointer: string): JsonObject {
    const isLocal = pointer.startsWith("#") && decodable(pointer);
    const target = isLocal ? followPointer(this.#document, pointer.slice(1)) : undefined;
    if (isJsonObject(target)) return target;
    return this.#notes.refuse(this.#field, `the reference ${pointer} leads nowhere within the schema`);
  }

  #reference(pointer: string, beside: JsonObject, open: readonly string[]): JsonObject {
    const target = this.#target(pointer);
    if (!open.includes(pointer) && !this.#recursive.has(pointer)) {
      const written = this.#object({ ...target, ...beside }, [...open, pointer]);
      // Found out on the way down: whoever holds itself is given once and referred to.
      if (this.#recursive.has(pointer)) this.#define(pointer);
      else return written;
    }
    // Beside a reference Gemini takes nothing.
    for (const keyword of Object.keys(beside)) if (!annotations.has(keyword)) this.#lost.add(`${keyword} beside $ref`);
    return { $ref: `#/$defs/${this.#nameOf(pointer)}` };
  }

  #nameOf(pointer: string): string {
    const name = this.#recursive.get(pointer) ?? `recursive${this.#recursive.size + 1}`;
    this.#recursive.set(pointer, name);
    return name;
  }

  #define(pointer: string): void {
    const name = this.#nameOf(pointer);
    if (Object.hasOwn(this.#definitions, name)) return;
    // Stands there before it is written, so that it is not begun again within itself.
    this.#definitions[name] = {};
    this.#definitions[name] = this.#object(pointer === "#" ? this.#document : this.#target(pointer), [pointer]);
  }
}

/**
 * A caller's JSON Schema as Gemini takes it: references are written out, except those to themselves, which Gemini follows
 * only where a value may be left out; `const` becomes an `enum` of one, `oneOf` an `anyOf`. A keyword that Gemini does not
 * know is left out and noted; a reference that leads nowhere is refused with a 400.
 */
export const convertSchema = (schema: JsonObject, field: string, notes: TranslationNotes): JsonObject =>
  new Converter(schema, field, notes).convert();
