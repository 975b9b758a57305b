import { isHashedAt } from "@llm-tuner/contract/texts.ts";
import type { Multipart, MultipartFile } from "@fastify/multipart";
import type { z } from "zod";
import { storableText, type Unstorable, unstorableIn } from "../text/storable-text.ts";
import { invalidCharacters } from "./http.errors.ts";

interface Found {
  path: PropertyKey[];
  text: string;
  what: Unstorable;
}

/** The first text of a value, or name of a field, that the database does not keep. Nothing is deeper than a body may be. */
function findUnstorable(value: unknown, isExempt: (path: PropertyKey[]) => boolean, path: PropertyKey[]): Found | null {
  if (typeof value === "string") {
    const what = unstorableIn(value);
    return what === undefined || isExempt(path) ? null : { path, text: value, what };
  }
  if (typeof value !== "object" || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const what = unstorableIn(name);
    if (what !== undefined) return { path, text: name, what };
    const found = findUnstorable(inner, isExempt, [...path, name]);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Throws a 400 for a part of a request with a text that the database does not keep, unless the schema says that it is only
 * hashed. It is here, and not in each schema, so that no field can be forgotten.
 */
export function refuseUnstorable(value: unknown, schema: z.ZodType): void {
  const found = findUnstorable(value, (path) => isHashedAt(schema, path), []);
  if (found === null) return;
  const { path, text, what } = found;
  throw invalidCharacters({ field: path.map(String).join("."), text: storableText(text), what });
}

type FieldOfForm = Exclude<Multipart, MultipartFile>;

const refuseField = ({ fieldname, value }: FieldOfForm): void => {
  const what = typeof value === "string" ? unstorableIn(value) : undefined;
  if (what !== undefined) throw invalidCharacters({ field: fieldname, text: storableText(String(value)), what });
};

/** The parts of a form, whose fields are refused as those of a body are. Names of files are made plain by who keeps them. */
export async function* storableParts(parts: AsyncIterable<Multipart>): AsyncGenerator<Multipart> {
  for await (const part of parts) {
    if (part.type === "field") refuseField(part);
    yield part;
  }
}
