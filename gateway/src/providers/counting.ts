import { decodeJsonObject, encodeJson, type JsonObject } from "../json.ts";
import { noUsage } from "../meter/usage.ts";
import { noFacts } from "../conversation/answer.ts";
import type { TranslationNotes } from "../conversation/notes.ts";
import type { GenerationRequest, Part, Turn } from "../conversation/request.ts";
import type { Call } from "../receive/call.ts";
import { readRequest } from "../receive/messages/read-request.ts";
import { invalidProviderAnswer } from "./provider-errors.ts";
import type { ProviderRequest, Translation } from "./provider.ts";

const isBehindAddress = (part: Part): boolean => "source" in part && part.source.kind === "url";

const withoutAddresses = (turn: Turn): Turn => ({
  ...turn,
  parts: turn.parts
    .filter((part) => !isBehindAddress(part))
    .map((part) =>
      part.type === "tool-result"
        ? { ...part, content: part.content.filter((inner) => !isBehindAddress(inner)) }
        : part,
    ),
});

/**
 * The request of `POST /v1/messages/count_tokens` for a provider of another dialect. What lies behind an address is not
 * fetched to be counted, which the notes say.
 */
export const readCountRequest = (call: Call, notes: TranslationNotes): GenerationRequest => {
  const request = readRequest(call);
  for (const { field } of request.unmapped) notes.lost(field, "the provider of this model does not count it");
  const parts = request.turns.flatMap((turn) => turn.parts);
  const inner = parts.flatMap((part) => (part.type === "tool-result" ? part.content : []));
  if (![...parts, ...inner].some(isBehindAddress)) return request;
  notes.lost("messages", "what lies behind an address was not counted");
  return { ...request, turns: request.turns.map(withoutAddresses) };
};

/** A count of tokens at a provider that tells it under `field`. It is free, and never streamed. */
export const countAt = (request: ProviderRequest, field: string): Translation => ({
  request,
  readAnswer(body) {
    const count: JsonObject = decodeJsonObject(body) ?? {};
    const tokens = count[field];
    if (typeof tokens !== "number") throw invalidProviderAnswer("answered without a count of tokens");
    return {
      bytes: encodeJson({ input_tokens: tokens }),
      usage: { counts: noUsage, source: "reported" },
      facts: noFacts,
    };
  },
  streamTranslator() {
    throw new Error("a count of tokens is not streamed");
  },
});
