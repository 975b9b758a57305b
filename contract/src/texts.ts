import { z } from "zod";

/**
 * Texts of which every character counts and nothing but a hash is kept, such as passwords. All other texts of a request
 * are refused when they hold what a database keeps in no text: NUL, or half of a surrogate pair.
 */
const hashedTexts = z.registry<{ isHashed: true }>();

/** Marks a schema as that of a text which is only hashed; to be called last, when the schema is complete. */
export const hashed = <Schema extends z.ZodType>(schema: Schema): Schema => {
  hashedTexts.add(schema, { isHashed: true });
  return schema;
};

const inside = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? inside(schema.unwrap()) : schema;

/** Whether what stands at `path` in a value of `schema` is a text that is only hashed. */
export function isHashedAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): boolean {
  const here = inside(schema);
  const [name, ...rest] = path;
  if (name === undefined) return hashedTexts.has(here);
  const field = here instanceof z.ZodObject && Object.hasOwn(here.shape, name) ? here.shape[String(name)] : undefined;
  return field !== undefined && isHashedAt(field, rest);
}
