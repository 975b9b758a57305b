import { decodeJsonObject, encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import { estimateTextTokens } from "../../meter/estimate.ts";
import { noUsage, nothingUsed, type MeasuredUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { readFacts } from "../openai-compatible/facts.ts";
import { readErrorObject } from "../openai-compatible/read-error.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { asAsked } from "./as-asked.ts";
import { isReasoningModel } from "./server.ts";
import { ResponsesStreamTranslator } from "./responses-stream.ts";
import { readResponseUsage } from "./responses-usage.ts";

const encryptedThoughts = "reasoning.encrypted_content";

/** With the thoughts in a form that can be sent again, since the provider keeps none of them. */
const withEncryptedThoughts = (include: unknown): unknown[] => {
  const asked: unknown[] = Array.isArray(include) ? include : [];
  return asked.includes(encryptedThoughts) ? asked : [...asked, encryptedThoughts];
};

/**
 * What OpenAI is asked: never to keep anything, for it could not know whose it is. Where the caller wants the response kept,
 * the gateway keeps it. Thoughts that OpenAI does not keep have to come back with the next turn, so a model that thinks is
 * always asked for them; one that does not refuses the question.
 */
const upstreamBody = ({ call, route }: TranslationArgs): JsonObject => {
  const { previous_response_id: _continued, ...body } = call.body;
  return {
    ...body,
    model: route.upstreamModel,
    store: false,
    ...(isReasoningModel(route.upstreamModel) ? { include: withEncryptedThoughts(body["include"]) } : {}),
  };
};

const textFields = ["text", "refusal", "arguments", "input"] as const;

/** Characters that the model wrote, in items and their parts; not what surrounds them. */
const lengthOfItems = (items: unknown): number => {
  const entries: unknown[] = Array.isArray(items) ? items : [];
  return entries.filter(isJsonObject).reduce((length, entry) => {
    const texts = textFields.map((field) => entry[field]).filter((text) => typeof text === "string");
    const own = texts.reduce((sum, text) => sum + text.length, 0);
    return length + own + lengthOfItems(entry["content"]) + lengthOfItems(entry["summary"]);
  }, 0);
};

const usageOf = (response: JsonObject, call: Call): MeasuredUsage => {
  const reported = readResponseUsage(response["usage"]);
  if (reported !== undefined) return { counts: reported, source: "reported" };
  const outputText = estimateTextTokens(lengthOfItems(response["output"]));
  // What failed before it said anything is not billed by the provider either.
  if (response["status"] === "failed" && outputText === 0) return nothingUsed;
  return { counts: { ...noUsage, inputUncached: call.estimatedInputTokens, outputText }, source: "estimated" };
};

const readResponse = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const response = decodeJsonObject(body);
  if (response === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  const { object, error, output } = response;
  // A response that failed has an error and is a response all the same.
  if (object !== "response" && error !== undefined && error !== null) throw readErrorObject(response);
  if (!Array.isArray(output)) throw invalidProviderAnswer("answered without an output");
  return { bytes: encodeJson(asAsked(response, call)), usage: usageOf(response, call), facts: readFacts(response) };
};

/** Responses at OpenAI itself: forwarded with all that is in them, items and tools that the gateway does not know included. */
export const passResponsesThrough = (args: TranslationArgs): Translation => {
  const { call, requestId, maxEventBytes } = args;
  return {
    request: {
      method: "POST",
      path: "/v1/responses",
      headers: {
        ...call.forwardedHeaders,
        "content-type": "application/json",
        accept: call.stream ? "text/event-stream" : "application/json",
        "accept-encoding": "identity",
        "x-request-id": requestId,
      },
      body: encodeJson(upstreamBody(args)),
    },
    readAnswer: (body) => readResponse(call, body),
    streamTranslator: () => new ResponsesStreamTranslator(call, maxEventBytes),
  };
};
