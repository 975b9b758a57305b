import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import type { ModelLease, ModelRoute } from "../../ports.ts";
import type { CompletionCall } from "../../receive/completion-call.ts";
import type { UpstreamRequest } from "../upstream.ts";

/** The fields that must differ from what the client sent; empty when its own bytes can be forwarded. */
const changedFields = (call: CompletionCall, route: ModelRoute): JsonObject => {
  const changes: JsonObject = {};
  if (call.model !== route.upstreamModel) changes["model"] = route.upstreamModel;
  if (call.stream && !call.includeUsage) {
    // Usage is needed for the bill whether the client wants to see it or not; its event is taken out of the answer.
    const asked = call.body["stream_options"];
    changes["stream_options"] = { ...(isJsonObject(asked) ? asked : {}), include_usage: true };
  }
  return changes;
};

/**
 * The request for a server of the OpenAI dialect. Unknown fields are forwarded. The client's own bytes are used unless
 * the model is renamed or usage has to be asked for; then the body is written anew.
 */
export const buildRequest = ({
  call,
  route,
  lease,
  requestId,
}: {
  call: CompletionCall;
  route: ModelRoute;
  lease: ModelLease;
  requestId: string;
}): UpstreamRequest => {
  const changes = changedFields(call, route);
  return {
    origin: lease.origin,
    path: `/v1/${call.endpoint}`,
    headers: {
      ...lease.headers,
      "content-type": "application/json",
      accept: call.stream ? "text/event-stream" : "application/json",
      "accept-encoding": "identity",
      "x-request-id": requestId,
    },
    body: Object.keys(changes).length === 0 ? call.bytes : encodeJson({ ...call.body, ...changes }),
  };
};
