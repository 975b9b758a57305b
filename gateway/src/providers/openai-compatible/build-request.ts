import type { TranslationNotes } from "../../conversation/notes.ts";
import type {
  GenerationRequest,
  OutputFormat,
  Sampling,
  ToolChoice,
  ToolDefinition,
} from "../../conversation/request.ts";
import { encodeJson, type JsonObject } from "../../json.ts";
import type { GenerationArgs, ProviderRequest } from "../provider.ts";
import { buildMessages } from "./build-messages.ts";
import { chatHeaders } from "./chat-headers.ts";
import type { ChatServer } from "./chat-server.ts";

const writeTool = ({ name, description, parameters, strict }: ToolDefinition): JsonObject => ({
  type: "function",
  function: { name, description, parameters, strict },
});

const writeToolChoice = (choice: ToolChoice | undefined): unknown =>
  choice?.type === "tool" ? { type: "function", function: { name: choice.name } } : choice?.type;

/** A choice without tools is refused by some servers, so that the fields stand together or not at all. */
const toolFields = ({ tools, toolChoice, parallelToolCalls }: GenerationRequest): JsonObject =>
  tools.length === 0
    ? {}
    : {
        tools: tools.map(writeTool),
        tool_choice: writeToolChoice(toolChoice),
        parallel_tool_calls: parallelToolCalls,
      };

const writeOutput = (output: OutputFormat): JsonObject | undefined => {
  if (output.type === "text") return undefined;
  if (output.type === "json") return { type: "json_object" };
  const { name, description, schema, strict } = output;
  return { type: "json_schema", json_schema: { name, description, schema, strict } };
};

const samplingFields = (sampling: Sampling): JsonObject => ({
  temperature: sampling.temperature,
  top_p: sampling.topP,
  top_k: sampling.topK,
  stop: sampling.stop,
  seed: sampling.seed,
  presence_penalty: sampling.presencePenalty,
  frequency_penalty: sampling.frequencyPenalty,
});

const tellUnmapped = ({ unmapped, tools }: GenerationRequest, notes: TranslationNotes): void => {
  for (const { field } of unmapped) notes.lost(field, "the provider of this model has nothing like it");
  if (tools.some(({ cache }) => cache !== undefined)) {
    notes.lost("tools.cache_control", "the provider decides by itself what it keeps");
  }
};

/** A neutral request as a chat completion request. */
export const buildRequest = (
  { request, stream, route, requestId, notes }: GenerationArgs,
  server: ChatServer,
): ProviderRequest => {
  const model = route.upstreamModel;
  tellUnmapped(request, notes);
  const sampling = server.sampling(request.sampling, model, notes);
  // What answers say of their tokens' likelihood has no neutral form.
  if (sampling.topLogprobs !== undefined) notes.lost("logprobs", "they are not carried between dialects");
  const body = {
    model,
    messages: buildMessages(request.turns, server, notes),
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    ...toolFields(request),
    response_format: writeOutput(request.output),
    ...(request.reasoning === undefined ? {} : server.reasoning(request.reasoning, model, notes)),
    ...samplingFields(sampling),
    [server.outputField]: request.maxOutputTokens,
    n: request.choices === 1 ? undefined : request.choices,
    [server.endUserField]: request.endUser,
  };
  return {
    method: "POST",
    path: "/v1/chat/completions",
    headers: chatHeaders({ stream, requestId }),
    body: encodeJson(body),
  };
};
