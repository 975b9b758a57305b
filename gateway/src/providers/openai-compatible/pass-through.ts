import { encodeJson, isJsonObject, type JsonObject } from "../../json.ts";
import type { Translation, TranslationArgs } from "../provider.ts";
import { chatHeaders } from "./chat-headers.ts";
import type { ChatServer } from "./chat-server.ts";
import { readAnswer } from "./read-answer.ts";
import { OpenAiStreamTranslator } from "./translate-stream.ts";

/** The fields that must differ from what the client sent; empty when its own bytes can be forwarded. */
const changedFields = (args: TranslationArgs, server: ChatServer): JsonObject => {
  const { call, route } = args;
  const changes = server.changedFields(args);
  if (call.model !== route.upstreamModel) changes["model"] = route.upstreamModel;
  if (call.stream && !call.includeUsage) {
    // Usage is needed for the bill whether the client wants to see it or not; its event is taken out of the answer.
    const asked = call.body["stream_options"];
    changes["stream_options"] = { ...(isJsonObject(asked) ? asked : {}), include_usage: true };
  }
  return changes;
};

/**
 * Chat completions and completions at a server of the OpenAI dialect. Unknown fields are forwarded. The client's own bytes
 * are used unless the model is renamed, usage has to be asked for or the server has other words for a field; then the
 * body is written anew.
 */
export const passCompletionsThrough = (args: TranslationArgs, server: ChatServer): Translation => {
  const { call, requestId, maxEventBytes } = args;
  const changes = changedFields(args, server);
  return {
    request: {
      method: "POST",
      path: `/v1/${call.endpoint}`,
      headers: { ...call.forwardedHeaders, ...chatHeaders({ stream: call.stream, requestId }) },
      body: Object.keys(changes).length === 0 ? call.bytes : encodeJson({ ...call.body, ...changes }),
    },
    readAnswer: (body) => readAnswer(call, body),
    streamTranslator: () => new OpenAiStreamTranslator(call, maxEventBytes),
  };
};
