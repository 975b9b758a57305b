import { invalidRequest } from "../errors.ts";
import { encodeJson, type JsonObject } from "../json.ts";
import { isTokenCount } from "../meter/usage.ts";
import type { CallerBounds } from "../ports.ts";
import type { Call, CallFields, Dialect, Endpoint } from "./call.ts";
import { readChatFields, readCompletionFields } from "./chat-completions/fields.ts";
import { readEmbeddingFields } from "./embeddings/fields.ts";
import type { GatewayRequest } from "./exchange.ts";
import { type Form, type FormFile, isFormType, readForm, writeForm } from "./form.ts";
import { readImageEditFields, readImageFields, readImageFormFields } from "./images/fields.ts";
import { applyLocks } from "./locked-parameters.ts";
import { readMessageCountFields, readMessageFields } from "./messages/fields.ts";
import { readResponseFields } from "./responses/fields.ts";
import { parseRequestBody } from "./request-body.ts";
import { readVideoFields } from "./videos/fields.ts";

type FieldReader = (body: JsonObject, files: readonly FormFile[]) => CallFields;

const fieldReaders: Readonly<Record<Endpoint, FieldReader>> = {
  "chat/completions": readChatFields,
  completions: readCompletionFields,
  responses: readResponseFields,
  messages: readMessageFields,
  "messages/count_tokens": readMessageCountFields,
  embeddings: readEmbeddingFields,
  "images/generations": readImageFields,
  "images/edits": readImageEditFields,
  "images/variations": readImageFormFields,
  videos: readVideoFields,
};

const dialectOf: Readonly<Record<Endpoint, Dialect>> = {
  "chat/completions": "openai",
  completions: "openai",
  responses: "openai",
  messages: "anthropic",
  "messages/count_tokens": "anthropic",
  embeddings: "openai",
  "images/generations": "openai",
  "images/edits": "openai",
  "images/variations": "openai",
  videos: "openai",
};

/** Headers of a dialect that its own providers act on. */
const forwardedNames: Readonly<Record<Dialect, readonly string[]>> = {
  openai: ["openai-beta"],
  anthropic: ["anthropic-beta", "anthropic-version"],
};

const forwardedHeaders = (dialect: Dialect, header: GatewayRequest["header"]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of forwardedNames[dialect]) {
    const value = header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
};

/** Whether the credential limits what may be asked, so that what is forwarded must be what was looked at. */
const isBound = ({ locked, allowedModels, spend }: CallerBounds): boolean =>
  locked !== null || allowedModels !== null || spend.some(({ limitNanoUsd }) => limitNanoUsd !== null);

/** Operations that are asked for by a form instead of JSON. */
const formEndpoints: ReadonlySet<Endpoint> = new Set<Endpoint>(["images/edits", "images/variations"]);

/** The form of a request; undefined for an operation that takes JSON. Throws 415 or 400 when there should be one. */
export const readFormOf = (
  endpoint: Endpoint,
  { bytes, header }: { bytes: Uint8Array; header: GatewayRequest["header"] },
): Promise<Form> | undefined => {
  const contentType = header("content-type");
  const takesBoth = endpoint === "videos" && isFormType(contentType);
  return takesBoth || formEndpoints.has(endpoint) ? readForm(bytes, contentType) : undefined;
};

/** Fields that bills and bounds are made from. */
const countedFields: ReadonlySet<string> = new Set(
  "model stream stream_options n best_of max_tokens max_completion_tokens max_output_tokens service_tier speed".split(
    " ",
  ),
);

/**
 * Some servers read names of fields in any case (Go's do, by Unicode's simple folding), so that `Model` would be another model
 * there than the one that was looked up and is billed.
 */
const refuseLookAlikes = (body: JsonObject): void => {
  for (const field of Object.keys(body)) {
    if (countedFields.has(field)) continue;
    const folded = field.toUpperCase().toLowerCase();
    if (!countedFields.has(folded)) continue;
    throw invalidRequest(`Unknown field \`${field}\`: write \`${folded}\`.`, { param: field });
  }
};

/** Limits, holds and bills are counted in whole numbers, which these would be too large for. */
const refuseUncountable = ({ answers, maxOutputTokens, outputField }: CallFields): void => {
  if (!isTokenCount(answers)) throw invalidRequest("Invalid `n`: nobody gives so many answers.", { param: "n" });
  if (maxOutputTokens === null || isTokenCount(maxOutputTokens)) return;
  const field = outputField ?? "n";
  throw invalidRequest(`Invalid \`${field}\`: all answers together are longer than any model writes.`, {
    param: field,
  });
};

/** Whoever wrote the header otherwise meant something by it. */
const readStrict = (value: string | undefined): boolean => {
  const word = value?.trim().toLowerCase() ?? "false";
  if (word === "true" || word === "false") return word === "true";
  throw invalidRequest("The header `x-gateway-strict` must be `true` or `false`.", { param: "x-gateway-strict" });
};

/** The body as it goes to a provider of the same dialect. */
const bodyBytes = (
  body: JsonObject,
  {
    bytes,
    form,
    bounds,
    header,
  }: { bytes: Uint8Array; form: Form | undefined; bounds: CallerBounds; header: GatewayRequest["header"] },
): Pick<Call, "bytes" | "contentType"> => {
  // Of a field that is named twice the provider may see the one that was not checked.
  if (form === undefined) return { bytes: isBound(bounds) ? encodeJson(body) : bytes, contentType: "application/json" };
  if (isBound(bounds)) return writeForm({ ...form, fields: body });
  return { bytes, contentType: header("content-type") ?? "multipart/form-data" };
};

/**
 * Reads a request body, with the caller's locked parameters put into it. Only the fields that the gateway acts on are
 * checked; the provider checks the rest. Throws a 400 with the field at fault.
 */
export const readCall = ({
  endpoint,
  bytes,
  form,
  maxDepth,
  bounds,
  header,
}: {
  endpoint: Endpoint;
  bytes: Uint8Array;
  /** What `readFormOf` read. */
  form?: Form | undefined;
  maxDepth: number;
  bounds: CallerBounds;
  header: GatewayRequest["header"];
}): Call => {
  const sent = form?.fields ?? parseRequestBody(bytes, maxDepth);
  refuseLookAlikes(sent);
  const body = bounds.locked === null ? sent : applyLocks(sent, { endpoint, locked: bounds.locked });
  const dialect = dialectOf[endpoint];
  const files = form?.files ?? [];
  const fields = fieldReaders[endpoint](body, files);
  refuseUncountable(fields);
  return {
    ...fields,
    endpoint,
    dialect,
    body,
    files,
    ...bodyBytes(body, { bytes, form, bounds, header }),
    strict: readStrict(header("x-gateway-strict")),
    forwardedHeaders: forwardedHeaders(dialect, header),
  };
};

/** The call with a bound on its output, where it has none of its own. */
export const withOutputBound = (call: Call, maxOutputTokens: number | undefined): Call => {
  const { outputField, answers } = call;
  if (maxOutputTokens === undefined || call.maxOutputTokens !== null || outputField === null) return call;
  const perAnswer = Math.max(1, Math.floor(maxOutputTokens / answers));
  const body = { ...call.body, [outputField]: perAnswer };
  return { ...call, body, bytes: encodeJson(body), maxOutputTokens: perAnswer * answers };
};
