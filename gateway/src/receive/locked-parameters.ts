import { GatewayError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { LockedParameters } from "../ports.ts";
import type { Endpoint } from "./call.ts";

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

const imageFields =
  "model prompt n size quality response_format stream partial_images background output_format output_compression safety_identifier user";

/**
 * The dialect's own fields. Servers take further ones, some of which (another chat template, other names of the same
 * parameter) would undo a lock, so that beside a lock nothing else is let through.
 */
const knownFields: Readonly<Partial<Record<Endpoint, ReadonlySet<string>>>> = {
  "chat/completions": new Set(
    `${commonFields} messages max_completion_tokens top_logprobs response_format tools tool_choice parallel_tool_calls functions function_call reasoning_effort verbosity modalities audio prediction metadata store service_tier safety_identifier prompt_cache_key`.split(
      " ",
    ),
  ),
  completions: new Set(`${commonFields} prompt suffix best_of echo`.split(" ")),
  messages: new Set(
    "model messages system max_tokens stream stop_sequences temperature top_p top_k tools tool_choice thinking output_config output_format metadata service_tier cache_control".split(
      " ",
    ),
  ),
  // `svg` is not among them, for it names a model of its own.
  "images/generations": new Set(`${imageFields} moderation style`.split(" ")),
  "images/edits": new Set(`${imageFields} input_fidelity`.split(" ")),
  "images/variations": new Set("model n size response_format user".split(" ")),
  "messages/count_tokens": new Set(
    "model messages system tools tool_choice thinking output_config output_format cache_control".split(" "),
  ),
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** A single stop text and a list of one are the same to the dialect. */
const comparable = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value : [value]);

const fixedFields = ["model", "temperature", "top_p", "stop", "seed"] as const;

const ofNoText = { temperature: null, top_p: null, stop: null, seed: null } as const;

/** Names of the fields where they are not OpenAI's; null where the operation has none that could be filled in. */
const otherNames: Readonly<Partial<Record<Endpoint, Partial<Record<(typeof fixedFields)[number], string | null>>>>> = {
  messages: { stop: "stop_sequences", seed: null },
  "messages/count_tokens": ofNoText,
  "images/generations": ofNoText,
  "images/edits": ofNoText,
  "images/variations": ofNoText,
};

const noSuchField = (lock: string, endpoint: Endpoint): GatewayError =>
  lockedParameter(lock, `\`${lock}\` is fixed for this credential, and /v1/${endpoint} has no such field.`);

const lockFixed = (body: JsonObject, endpoint: Endpoint, locked: LockedParameters): JsonObject => {
  const filled: JsonObject = {};
  for (const lock of fixedFields) {
    const value = locked[lock];
    const other = otherNames[endpoint]?.[lock];
    if (value === undefined) continue;
    if (other === null) {
      // Whoever only counts tokens samples nothing.
      if (endpoint === "messages/count_tokens") continue;
      throw noSuchField(lock, endpoint);
    }
    const field = other ?? lock;
    if (isAbsent(body[field])) filled[field] = field === "stop_sequences" && !Array.isArray(value) ? [value] : value;
    else if (comparable(body[field]) !== comparable(value)) {
      throw lockedParameter(field, `\`${field}\` is fixed for this credential; leave it out.`);
    }
  }
  return filled;
};

const lockOutput = (body: JsonObject, endpoint: Endpoint, most: number | undefined): JsonObject => {
  // Whoever only counts tokens is answered with none.
  if (most === undefined || endpoint === "messages/count_tokens") return {};
  if (endpoint.startsWith("images/")) throw noSuchField("max_tokens", endpoint);
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

const dialectRoles = new Set(["user", "assistant"]);

/** The Messages API has a field for the system message, and lets some models take further ones as turns. */
const lockSystemField = (body: JsonObject, system: string): JsonObject => {
  if (!isAbsent(body["system"]) && comparable(body["system"]) !== comparable(system)) {
    throw lockedParameter("system", "`system` is fixed for this credential; leave it out.");
  }
  const entries: unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  for (const [index, message] of entries.entries()) {
    const role = isJsonObject(message) ? message["role"] : undefined;
    if (typeof role === "string" && dialectRoles.has(role)) continue;
    const field = `messages[${index}].role`;
    throw lockedParameter(field, `The system message is fixed for this credential; \`${field}\` cannot be used.`);
  }
  return { system };
};

const lockSystem = (body: JsonObject, endpoint: Endpoint, system: string | undefined): JsonObject => {
  if (system === undefined) return {};
  if (endpoint === "messages" || endpoint === "messages/count_tokens") return lockSystemField(body, system);
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
  { endpoint, locked }: { endpoint: Endpoint; locked: LockedParameters },
): JsonObject => {
  const known = knownFields[endpoint];
  if (known === undefined) {
    throw lockedParameter("model", `A credential with locked parameters cannot be used on /v1/${endpoint}.`);
  }
  const unknown = Object.keys(body).find((field) => !known.has(field));
  if (unknown !== undefined) throw lockedParameter(unknown, `\`${unknown}\` cannot be set with this credential.`);
  return {
    ...body,
    ...lockFixed(body, endpoint, locked),
    ...lockOutput(body, endpoint, locked.max_tokens),
    ...lockSystem(body, endpoint, locked.system),
  };
};
