import type { z } from "zod";
import { ProviderError } from "../reply.ts";
import { complaintAbout } from "../strict.ts";
import type { JsonObject } from "../json.ts";

export const invalid = (message: string, param?: string, code?: string): ProviderError =>
  new ProviderError(400, message, { type: "invalid_request_error", code, ...(param === undefined ? {} : { param }) });

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");

/** Refuses what the schema does not take, as the API does. */
export const check = (schema: z.ZodType, body: JsonObject): void => {
  const complaint = complaintAbout(schema, body);
  if (complaint === undefined) return;
  const param = pathText(complaint.path);
  switch (complaint.kind) {
    case "unknown":
      throw invalid(`Unknown parameter: '${param}'.`, param, "unknown_parameter");
    case "missing":
      throw invalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
    case "type":
      throw invalid(`Invalid type for '${param}': expected ${complaint.expected}.`, param, "invalid_type");
    case "value":
      throw invalid(`Invalid value for '${param}': ${complaint.message}`, param, "invalid_value");
  }
};

export const modelNotFound = (model: string): ProviderError =>
  new ProviderError(404, `The model \`${model}\` does not exist or you do not have access to it.`, {
    type: "invalid_request_error",
    code: "model_not_found",
  });

const defaults: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ["invalid_request_error", null],
  401: ["invalid_request_error", "invalid_api_key"],
  403: ["invalid_request_error", "unsupported_country_region_territory"],
  404: ["invalid_request_error", null],
  409: ["conflict_error", null],
  429: ["requests", "rate_limit_exceeded"],
};

export const errorObject = ({ status, message, type, code, param }: ProviderError): JsonObject => {
  const [usualType, usualCode] = defaults[status] ?? ["server_error", null];
  // The code of a used-up account is its type as well.
  const otherCode = type === "insufficient_quota" ? type : type === undefined ? usualCode : null;
  return { message, type: type ?? usualType, param: param ?? null, code: code ?? otherCode };
};
