import { encodeJson, type JsonObject } from "../json.ts";
import { noBounds } from "../ports.ts";
import type { Call, Endpoint } from "../receive/call.ts";
import { readCall } from "../receive/read-call.ts";

/** A call of the OpenAI dialect as the gateway reads it: to the model `m`, with one message of the user's. */
export const chatCall = (more: JsonObject = {}, endpoint: Endpoint = "chat/completions"): Call => {
  const content = endpoint === "chat/completions" ? { messages: [{ role: "user", content: "hi" }] } : { prompt: "hi" };
  const bytes = encodeJson({ model: "m", ...content, ...more });
  return readCall({ endpoint, bytes, maxDepth: 32, bounds: noBounds, header: () => undefined });
};
