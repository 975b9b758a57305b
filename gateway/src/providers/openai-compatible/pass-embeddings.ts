import { decodeJsonObject, encodeJson } from "../../json.ts";
import { noUsage, type MeasuredUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import type { TranslatedAnswer, Translation, TranslationArgs } from "../provider.ts";
import { chatHeaders } from "./chat-headers.ts";
import { readFacts } from "./facts.ts";
import { readErrorObject } from "./read-error.ts";
import { readUsage } from "./usage.ts";

const readEmbeddings = (call: Call, body: Uint8Array): TranslatedAnswer => {
  const answer = decodeJsonObject(body);
  if (answer === undefined) throw invalidProviderAnswer("answered with something that is not JSON");
  if (answer["error"] !== undefined && answer["error"] !== null) throw readErrorObject(answer);
  if (!Array.isArray(answer["data"])) throw invalidProviderAnswer("answered without embeddings");
  const reported = readUsage(answer["usage"]);
  const usage: MeasuredUsage =
    reported === undefined
      ? { counts: { ...noUsage, inputUncached: call.estimatedInputTokens }, source: "estimated" }
      : { counts: reported, source: "reported" };
  const bytes = answer["model"] === call.model ? body : encodeJson({ ...answer, model: call.model });
  return { bytes, usage, facts: readFacts(answer) };
};

/** Embeddings at a server of the OpenAI dialect; unknown fields are forwarded. */
export const passEmbeddingsThrough = ({ call, route, requestId }: TranslationArgs): Translation => ({
  request: {
    method: "POST",
    path: "/v1/embeddings",
    headers: { ...call.forwardedHeaders, ...chatHeaders({ stream: false, requestId }) },
    body: call.model === route.upstreamModel ? call.bytes : encodeJson({ ...call.body, model: route.upstreamModel }),
  },
  readAnswer: (body) => readEmbeddings(call, body),
  streamTranslator() {
    throw new Error("embeddings are not streamed");
  },
});
