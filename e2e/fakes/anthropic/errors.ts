import type { z } from "zod";
import { isObject, textOr, type JsonObject } from "../json.ts";
import { ProviderError } from "../reply.ts";
import { complaintAbout } from "../strict.ts";

export const invalid = (message: string): ProviderError =>
  new ProviderError(400, message, { type: "invalid_request_error" });

/** The place as the API writes it: after a number stands the type of the block, `messages.0.content.1.text.cache_control`. */
const placeOf = (path: readonly PropertyKey[], body: JsonObject): string => {
  let value: unknown = body;
  const steps: string[] = [];
  for (const [at, step] of path.entries()) {
    steps.push(String(step));
    value = isObject(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined;
    const parent = path[at - 1];
    if (typeof step !== "number" || !isObject(value) || at === path.length - 1) continue;
    const type = parent === "tools" ? textOr(value["type"], "custom") : textOr(value["type"]);
    if ((parent === "content" || parent === "tools") && type !== "") steps.push(type);
  }
  return steps.join(".");
};

/** Refuses what the schema does not take, as the API does. */
export const check = (schema: z.ZodType, body: JsonObject): void => {
  const complaint = complaintAbout(schema, body);
  if (complaint === undefined) return;
  const why = {
    unknown: "Extra inputs are not permitted",
    missing: "Field required",
    type: `Input should be a valid ${complaint.expected}`,
    value: complaint.message,
  };
  throw invalid(`${placeOf(complaint.path, body)}: ${why[complaint.kind]}`);
};

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

export const errorObject = (error: ProviderError, requestId: string): JsonObject => {
  // The code of a spend limit travels in the details.
  const details = error.details ?? (error.code === undefined ? undefined : { error_code: error.code });
  const type = error.type ?? types[error.status] ?? "api_error";
  const inner = { ...(details === undefined ? {} : { details }), type, message: error.message };
  return { type: "error", error: inner, request_id: requestId };
};
