import type { JsonObject } from "../../json.ts";
import type { Call } from "../../receive/call.ts";

/** The response as the client may see it: by the names that it used itself. */
export const asAsked = (response: JsonObject, call: Call): JsonObject => ({
  ...response,
  model: call.model,
  store: call.body["store"] === true,
  previous_response_id: call.body["previous_response_id"] ?? null,
});
