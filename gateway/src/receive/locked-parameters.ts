import { GatewayError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { LockedParameters } from "../ports.ts";
import type { CompletionEndpoint } from "./routes.ts";

/** 400: the request sets something that its credential has fixed. `param` names the field. */
const lockedParameter = (param: string, message: string): GatewayError =>
  new GatewayError({
    status: 400,
    code: "locked_parameter",
    type: "invalid_request_error",
    message,
    param,
    retryable: false,
  });

const commonFields =
  "model stream stream_options temperature top_p n stop seed max_tokens presence_penalty frequency_penalty logit_bias logprobs user";

/**
 * The dialect's own fields. Servers take further ones, some of which (another chat template, other names of the same
 * parameter) would undo a lock, so that beside a lock nothing else is let through.
 */
const knownFields: Readonly<Record<CompletionEndpoint, ReadonlySet<string>>> = {
  "chat/completions": new Set(
    `${commonFields} messages max_completion_tokens top_logprobs response_format tools tool_choice parallel_tool_calls functions function_call reasoning_effort verbosity modalities audio prediction metadata store service_tier safety_identifier prompt_cache_key`.split(
      " ",
    ),
  ),
  completions: new Set(`${commonFields} prompt suffix best_of echo`.split(" ")),
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** A single stop text and a list of one are the same to the dialect. */
const comparable = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value : [value]);

const fixedFields = ["model", "temperature", "top_p", "stop", "seed"] as const;

const lockFixed = (body: JsonObject, locked: LockedParameters): JsonObject => {
  const filled: JsonObject = {};
  for (const field of fixedFields) {
    const value = locked[field];
    if (value === undefined) continue;
    if (isAbsent(body[field])) filled[field] = value;
    else if (comparable(body[field]) !== comparable(value)) {
      throw lockedParameter(field, `\`${field}\` is fixed for this credential; leave it out.`);
    }
  }
  return filled;
};

const lockOutput = (body: JsonObject, most: number | undefined): JsonObject => {
  if (most === undefined) return {};
  const named = ["max_tokens", "max_completion_tokens"].filter((field) => !isAbsent(body[field]));
  for (const field of named) {
    const asked = body[field];
    if (typeof asked === "number" && asked <= most) continue;
    throw lockedParameter(field, `\`${field}\` may be at most ${most} for this credential.`);
  }
  return named.length === 0 ? { max_tokens: most } : {};
};

/** Whatever is not one of these instructs the model, under one name or another. */
const rolesBesideSystem = new Set(["user", "assistant", "tool", "function"]);

const lockSystem = (body: JsonObject, endpoint: CompletionEndpoint, system: string | undefined): JsonObject => {
  if (system === undefined) return {};
  if (endpoint !== "chat/completions") {
    throw lockedParameter("prompt", "The system message is fixed for this credential; use /v1/chat/completions.");
  }
  const { messages } = body;
  if (!Array.isArray(messages)) return {};
  const entries: unknown[] = messages;
  for (const [index, message] of entries.entries()) {
    const role = isJsonObject(message) ? message["role"] : undefined;
    if (typeof role === "string" && rolesBesideSystem.has(role)) continue;
    const field = `messages[${index}].role`;
    throw lockedParameter(field, `The system message is fixed for this credential; \`${field}\` cannot be used.`);
  }
  // A conversation that is empty stays so, and is refused as any other.
  return entries.length === 0 ? {} : { messages: [{ role: "system", content: system }, ...entries] };
};

/**
 * The body with the locked parameters in it. Throws a 400 `locked_parameter` with the field for whatever differs from
 * its lock or could get around it.
 */
export const applyLocks = (
  body: JsonObject,
  { endpoint, locked }: { endpoint: CompletionEndpoint; locked: LockedParameters },
): JsonObject => {
  const unknown = Object.keys(body).find((field) => !knownFields[endpoint].has(field));
  if (unknown !== undefined) throw lockedParameter(unknown, `\`${unknown}\` cannot be set with this credential.`);
  return {
    ...body,
    ...lockFixed(body, locked),
    ...lockOutput(body, locked.max_tokens),
    ...lockSystem(body, endpoint, locked.system),
  };
};
