import type { TranslationNotes } from "../../conversation/notes.ts";
import type { MediaSource, Part, ToolResultPart, Turn } from "../../conversation/request.ts";
import { encodeJson, type JsonObject } from "../../json.ts";
import { countAt, readCountRequest } from "../counting.ts";
import { chatHeaders } from "../openai-compatible/chat-headers.ts";
import type { Translation, TranslationArgs } from "../provider.ts";

const addressOf = (source: MediaSource): string =>
  source.kind === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;

const outputOf = ({ content }: ToolResultPart): string =>
  content.map((part) => (part.type === "text" ? part.text : "")).join("\n");

/** An item of the Responses API, which is where OpenAI counts; undefined for what it cannot be shown there. */
const itemOf = (role: Turn["role"], part: Part): JsonObject | undefined => {
  switch (part.type) {
    case "text":
    case "refusal":
      return { role, content: [{ type: role === "assistant" ? "output_text" : "input_text", text: part.text }] };
    case "image":
      return { role, content: [{ type: "input_image", image_url: addressOf(part.source), detail: "auto" }] };
    case "file":
      return {
        role,
        content: [{ type: "input_file", filename: part.name ?? "document", file_data: addressOf(part.source) }],
      };
    case "tool-call":
      return { type: "function_call", call_id: part.id, name: part.name, arguments: part.arguments };
    case "tool-result":
      return { type: "function_call_output", call_id: part.callId, output: outputOf(part) };
    case "reasoning":
    case "audio":
      return undefined;
  }
};

const itemsOf = ({ role, parts }: Turn, notes: TranslationNotes): JsonObject[] =>
  parts.flatMap((part) => {
    const item = itemOf(role, part);
    if (item !== undefined) return [item];
    notes.lost("messages", `parts of the kind ${part.type} were not counted`);
    return [];
  });

/** `POST /v1/responses/input_tokens`, of a prompt of the Messages API with its system and its tools. */
export const countMessageTokens = ({ call, route, requestId, notes }: TranslationArgs): Translation => {
  const { turns, tools } = readCountRequest(call, notes);
  const body = {
    model: route.upstreamModel,
    input: turns.flatMap((turn) => itemsOf(turn, notes)),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description = null, parameters }) => ({
            type: "function",
            name,
            description,
            parameters,
            strict: false,
          })),
        }),
  };
  const headers = chatHeaders({ stream: false, requestId });
  return countAt(
    { method: "POST", path: "/v1/responses/input_tokens", headers, body: encodeJson(body) },
    "input_tokens",
  );
};
