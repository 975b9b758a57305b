import type { z } from "zod";
import type { JsonObject } from "../json.ts";
import { ProviderError } from "../reply.ts";
import { complaintAbout } from "../strict.ts";

export const invalid = (message: string, details?: unknown): ProviderError =>
  new ProviderError(400, message, { type: "INVALID_ARGUMENT", details });

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? snake(String(step)) : `${text}.${snake(String(step))}`;
  }, "");

const violation = (field: string, description: string): JsonObject[] => [
  { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] },
];

/** Refuses what the schema does not take, as the API does. */
export const check = (schema: z.ZodType, body: JsonObject): void => {
  const complaint = complaintAbout(schema, body);
  if (complaint === undefined) return;
  const field = pathText(complaint.path);
  if (complaint.kind === "unknown") {
    const place = pathText(complaint.path.slice(0, -1));
    const name = String(complaint.path.at(-1));
    const why = `Invalid JSON payload received. Unknown name "${name}"${place === "" ? "" : ` at '${place}'`}: Cannot find field.`;
    throw invalid(why, violation(place, why));
  }
  const why =
    complaint.kind === "missing"
      ? `* GenerateContentRequest.${field}: ${complaint.path.at(-1) === "contents" ? "contents is not specified" : "missing field."}\n`
      : `Invalid value at '${field}': ${complaint.message}`;
  throw invalid(why, violation(field, why));
};

const statuses: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** The wait stands in the details; Google sends no header for it. */
export const errorObject = ({ status, message, type, details, retryAfterSeconds }: ProviderError): JsonObject => {
  const given = Array.isArray(details) ? details : [];
  const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfterSeconds}s` };
  const all = retryAfterSeconds === undefined ? given : [...given, retryInfo];
  const error = { code: status, message, status: type ?? statuses[status] ?? "UNKNOWN" };
  return { error: all.length === 0 ? error : { ...error, details: all } };
};
