import type { z } from "zod";
import { invalidRequest, type GatewayError } from "../errors.ts";

/** `["messages", 0, "role"]` as `messages[0].role`, which is how OpenAI names a field. */
const fieldName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");

/** 400 with the first field that does not fit its schema. */
export const schemaError = (error: z.ZodError): GatewayError => {
  const [issue] = error.issues;
  const field = fieldName(issue?.path ?? []);
  return invalidRequest(`Invalid \`${field}\`: ${issue?.message ?? "not valid"}.`, { param: field });
};
