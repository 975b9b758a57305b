import { GatewayError, invalidRequest } from "../../errors.ts";
import { decodeJsonObject, decodeText, encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import type { ResponseStore, StoredResponse } from "../../ports.ts";
import type { Call } from "../call.ts";
import { readResponseFields } from "./fields.ts";

const responseNotFound = (id: string): GatewayError =>
  new GatewayError({
    status: 404,
    code: "response_not_found",
    type: "invalid_request_error",
    message: `No response \`${id}\` is stored. Only those asked for with \`store: true\` are.`,
    retryable: false,
  });

const nothingIsStored = (param: string): GatewayError =>
  invalidRequest("Responses are not stored here; send the whole conversation as `input`.", {
    param,
    code: "unsupported_parameter",
  });

const itemsOf = (input: unknown): readonly unknown[] =>
  typeof input === "string" ? [{ type: "message", role: "user", content: input }] : Array.isArray(input) ? input : [];

/** Whether the answer of a call is to be kept. */
export const isToBeStored = ({ endpoint, body }: Call): boolean => endpoint === "responses" && body["store"] === true;

/**
 * The call with what went before put in front of its input, where it continues a stored response. Throws a 400 when that is
 * not there, or when nothing can be stored although the call wants it.
 */
export const continueStored = async (
  call: Call,
  { store, accountId }: { store: ResponseStore | undefined; accountId: string },
): Promise<Call> => {
  if (store === undefined && call.body["store"] === true) throw nothingIsStored("store");
  const { previous_response_id: previousId } = call.body;
  if (typeof previousId !== "string") return call;
  if (store === undefined) throw nothingIsStored("previous_response_id");
  const previous = await store.find(accountId, previousId);
  if (previous === undefined) {
    throw invalidRequest(`The previous response \`${previousId}\` is not stored.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
  const output: unknown = previous.response["output"];
  const input = [...previous.input, ...itemsOf(output), ...itemsOf(call.body["input"])];
  const body = { ...call.body, input };
  return { ...call, ...readResponseFields(body), body, bytes: encodeJson(body) };
};

/** The response that a whole answer is, or that the last event of a streamed one holds. */
const responseOf = (bytes: Uint8Array, stream: boolean): JsonObject | undefined => {
  if (!stream) return decodeJsonObject(bytes);
  const data = decodeText(bytes)
    .split("\n")
    .findLast((line) => line.startsWith("data: "));
  if (data === undefined) return undefined;
  const event: unknown = JSON.parse(data.slice("data: ".length));
  return isJsonObject(event) && isJsonObject(event["response"]) ? event["response"] : undefined;
};

/** Keeps an answer: `bytes` are those of the body, or the last ones of the stream. */
export const storeResponse = async (
  call: Call,
  bytes: Uint8Array,
  { store, accountId, createdAt }: { store: ResponseStore; accountId: string; createdAt: Date },
): Promise<void> => {
  const response = responseOf(bytes, call.stream);
  const id = response?.["id"];
  if (response === undefined || typeof id !== "string") throw new Error("an answer without a response to be stored");
  await store.save(accountId, { id, response, input: itemsOf(call.body["input"]), createdAt });
};

const found = async (store: ResponseStore | undefined, accountId: string, id: string): Promise<StoredResponse> => {
  const stored = await store?.find(accountId, id);
  if (stored === undefined) throw responseNotFound(id);
  return stored;
};

/** The body of `GET /v1/responses/{id}`. Throws a 404. */
export const getStored = async (store: ResponseStore | undefined, accountId: string, id: string): Promise<JsonObject> =>
  (await found(store, accountId, id)).response;

/** The body of `DELETE /v1/responses/{id}`. Throws a 404. */
export const deleteStored = async (
  store: ResponseStore | undefined,
  accountId: string,
  id: string,
): Promise<JsonObject> => {
  if (!(await store?.remove(accountId, id))) throw responseNotFound(id);
  return { id, object: "response", deleted: true };
};

/** The body of `GET /v1/responses/{id}/input_items`: all items at once. Throws a 404. */
export const listStoredInput = async (
  store: ResponseStore | undefined,
  accountId: string,
  id: string,
): Promise<JsonObject> => {
  const { input } = await found(store, accountId, id);
  const data = input.map((item, index) => ({
    id: `item_${index}`,
    type: "message",
    ...(isJsonObject(item) ? item : {}),
  }));
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  };
};
