import { invalidRequest, type GatewayError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** OpenAI's clients send null for what they leave out. */
export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/** 400 with the field at fault, such as `messages[0].content[1].text`. */
export const wrongField = (field: string, expected: string): GatewayError =>
  invalidRequest(`Invalid \`${field}\`: expected ${expected}.`, { param: field });

/**
 * An object within a request body and the path to it, so that every error names its field. All readers throw a 400 for a
 * value of another type; the optional ones give undefined for what is absent or null.
 */
export class BodyFields {
  readonly #path: string;
  readonly value: JsonObject;

  constructor(value: unknown, path = "") {
    this.#path = path;
    if (!isJsonObject(value)) throw wrongField(path, "an object");
    this.value = value;
  }

  pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  text(key: string): string {
    return this.optionalText(key) ?? this.#throw(key, "a string");
  }

  optionalText(key: string): string | undefined {
    const value = this.value[key];
    if (isAbsent(value)) return undefined;
    return typeof value === "string" ? value : this.#throw(key, "a string");
  }

  optionalNumber(key: string): number | undefined {
    const value = this.value[key];
    if (isAbsent(value)) return undefined;
    return typeof value === "number" ? value : this.#throw(key, "a number");
  }

  /** A whole number that is not negative. */
  optionalCount(key: string): number | undefined {
    const value = this.optionalNumber(key);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    return this.#throw(key, "a whole number that is not negative");
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.value[key];
    if (isAbsent(value)) return undefined;
    return typeof value === "boolean" ? value : this.#throw(key, "true or false");
  }

  object(key: string): BodyFields {
    return new BodyFields(this.value[key], this.pathOf(key));
  }

  optionalObject(key: string): BodyFields | undefined {
    return isAbsent(this.value[key]) ? undefined : this.object(key);
  }

  /** The objects of a list; none when it is absent. */
  objects(key: string): BodyFields[] {
    const value = this.value[key];
    if (isAbsent(value)) return [];
    if (!Array.isArray(value)) return this.#throw(key, "a list");
    return value.map((entry: unknown, index) => new BodyFields(entry, `${this.pathOf(key)}[${index}]`));
  }

  /** Texts, of which a single one may stand without its list. */
  optionalTexts(key: string): string[] | undefined {
    const value = this.value[key];
    if (isAbsent(value)) return undefined;
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    return entries.map((entry) => (typeof entry === "string" ? entry : this.#throw(key, "a string or a list of them")));
  }

  #throw(key: string, expected: string): never {
    throw wrongField(this.pathOf(key), expected);
  }
}

/** Values that ask for nothing, so that nobody misses them. */
const asksForNothing = (value: unknown): boolean => {
  if (isAbsent(value) || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
};

/** What of an object is read by nobody and asks for something, by its path. */
export const unreadFields = (fields: BodyFields, read: ReadonlySet<string>): { field: string; value: unknown }[] =>
  Object.entries(fields.value)
    .filter(([field, value]) => !read.has(field) && !asksForNothing(value))
    .map(([field, value]) => ({ field: fields.pathOf(field), value }));
