import { answerTo, answerTokens, type Answer } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { isGiven, listOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { pngBase64 } from "../media.ts";
import { ProviderError, type FakeRequest, type Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { countTokens } from "../tokens.ts";
import { addSegments } from "../segments.ts";
import { billed, usageOf, withOutput } from "../usage.ts";
import { countPrompt } from "./chat.ts";
import { check, invalid } from "./errors.ts";
import { checkModel } from "./models.ts";
import { itemsOf, responseQuestion, responseSegments } from "./responses-input.ts";
import { checkResponseRules, encryptedReasoning } from "./responses-rules.ts";
import { responseEvents } from "./responses-stream.ts";
import { InputTokensRequest, ResponsesRequest } from "./schemas.ts";
import type { OpenAiState, StoredResponse } from "./state.ts";
import { responseUsage } from "./usage-json.ts";

const notFound = (id: string): ProviderError =>
  new ProviderError(404, `Response with id '${id}' not found.`, { type: "invalid_request_error" });

/** What the model reads: what went before, then the input, with references replaced by what they point to. */
const readItems = (body: JsonObject, call: number, state: OpenAiState): JsonObject[] => {
  const previous = body["previous_response_id"];
  const before = typeof previous === "string" ? state.responses.get(previous) : undefined;
  if (typeof previous === "string" && before === undefined) {
    throw invalid(
      `Previous response with id '${previous}' not found.`,
      "previous_response_id",
      "previous_response_not_found",
    );
  }
  const known = [...state.responses.values()].flatMap(({ conversation }) => conversation);
  const input = itemsOf(body, call).map((item) => {
    if (item["type"] !== "item_reference") return item;
    const found = known.find(({ id }) => id === item["id"]);
    if (found !== undefined) return found;
    throw new ProviderError(404, `Item with id '${textOr(item["id"])}' not found.`, {
      type: "invalid_request_error",
      param: "input",
    });
  });
  return [...(before?.conversation ?? []), ...input];
};

const reasoningItem = (id: string, body: JsonObject, { reasoning }: Answer): JsonObject => ({
  id,
  type: "reasoning",
  summary: isGiven(objectOr(body["reasoning"])["summary"]) ? [{ type: "summary_text", text: reasoning }] : [],
  ...(listOr(body["include"]).includes("reasoning.encrypted_content")
    ? { encrypted_content: encryptedReasoning(id) }
    : {}),
});

const outputOf = ({ body, call }: FakeRequest, answer: Answer, script: Behaviour["answer"]): JsonObject[] => {
  const status = answer.end === "length" ? "incomplete" : "completed";
  const idOf = (prefix: string, at = 0): string => seededId(prefix, `${call} ${at}`);
  const output: JsonObject[] = answer.reasoning === "" ? [] : [reasoningItem(idOf("rs_"), body, answer)];
  const isImage = script?.image === true || objectOr(body["tool_choice"])["type"] === "image_generation";
  if (isImage) {
    output.push({
      id: idOf("ig_"),
      type: "image_generation_call",
      status: "completed",
      result: pngBase64,
      output_format: "png",
      size: "1024x1024",
    });
  }
  const content = [
    ...(answer.text === "" ? [] : [{ type: "output_text", text: answer.text, annotations: [], logprobs: [] }]),
    ...(answer.refusal === "" ? [] : [{ type: "refusal", refusal: answer.refusal }]),
  ];
  if (content.length > 0) output.push({ id: idOf("msg_"), type: "message", role: "assistant", status, content });
  for (const [at, { name, arguments: given }] of answer.calls.entries()) {
    output.push({
      id: idOf("fc_", at),
      type: "function_call",
      status,
      call_id: idOf("call_", at),
      name,
      arguments: given,
    });
  }
  return output;
};

const defaultsOf = (body: JsonObject): JsonObject => ({
  background: body["background"] ?? false,
  instructions: body["instructions"] ?? null,
  max_output_tokens: body["max_output_tokens"] ?? null,
  max_tool_calls: body["max_tool_calls"] ?? null,
  metadata: body["metadata"] ?? {},
  parallel_tool_calls: body["parallel_tool_calls"] ?? true,
  previous_response_id: body["previous_response_id"] ?? null,
  prompt_cache_key: body["prompt_cache_key"] ?? null,
  reasoning: { effort: null, summary: null, ...objectOr(body["reasoning"]) },
  safety_identifier: body["safety_identifier"] ?? null,
  service_tier: body["service_tier"] === "auto" ? "default" : (body["service_tier"] ?? "default"),
  store: body["store"] ?? true,
  temperature: body["temperature"] ?? 1,
  text: { format: { type: "text" }, verbosity: "medium", ...objectOr(body["text"]) },
  tool_choice: body["tool_choice"] ?? "auto",
  tools: body["tools"] ?? [],
  top_logprobs: body["top_logprobs"] ?? 0,
  top_p: body["top_p"] ?? 1,
  truncation: body["truncation"] ?? "disabled",
  user: body["user"] ?? null,
});

const statusOf = (answer: Answer, script: Behaviour["answer"]): JsonObject => {
  if (script?.failure !== undefined) {
    return {
      status: "failed",
      error: { code: script.failure, message: "The fake was told to fail." },
      incomplete_details: null,
      completed_at: null,
    };
  }
  const reason = script?.finish ?? (answer.end === "length" ? "max_output_tokens" : undefined);
  const now = Math.floor(Date.now() / 1000);
  if (reason !== undefined && reason !== "stop") {
    return { status: "incomplete", error: null, incomplete_details: { reason }, completed_at: null };
  }
  return { status: "completed", error: null, incomplete_details: null, completed_at: now };
};

/** Remembers what was handed out, so that what comes back can be checked. */
const remember = (state: OpenAiState, stored: StoredResponse): void => {
  const output = objectsOr(stored.response["output"]);
  const isStored = stored.response["store"] === true;
  for (const [at, { id, type }] of output.entries()) {
    if (type === "reasoning")
      state.reasoning.set(textOr(id), { nextId: textOr(output[at + 1]?.["id"]) || undefined, isStored });
  }
  if (isStored) state.responses.set(textOr(stored.response["id"]), stored);
};

/** `POST /v1/responses`. */
export const createResponse = (request: FakeRequest, behaviour: Behaviour, state: OpenAiState): Reply => {
  const { body, call } = request;
  check(ResponsesRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  const all = readItems(body, call, state);
  checkResponseRules(body, all, model, state);
  const script = behaviour.answer;
  const hasFailed = script?.failure !== undefined;
  const answer = answerTo(responseQuestion(body, all, model), script);
  const output = hasFailed ? [] : outputOf(request, answer, script);
  const counted = withOutput(countPrompt(body, responseSegments(body, all), model, state), {
    outputText: answerTokens(answer),
    outputReasoning: countTokens(answer.reasoning),
    images: output.filter(({ type }) => type === "image_generation_call").length,
  });
  // What has failed is not billed.
  const usage = hasFailed ? usageOf() : billed(counted, behaviour);
  const reportsUsage = behaviour.usage !== "none" && !hasFailed;
  const response: JsonObject = {
    id: seededId("resp_", `${call}`),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model,
    ...defaultsOf(body),
    ...statusOf(answer, script),
    output,
    usage: reportsUsage ? responseUsage(usage) : null,
  };
  remember(state, { response, input: all, conversation: [...all, ...output] });
  if (body["stream"] === true) {
    return {
      kind: "events",
      form: "sse",
      usage,
      events: responseEvents(response, body, usage.outputReasoning, reportsUsage),
    };
  }
  const queued = { ...response, status: "queued", output: [], usage: null, completed_at: null };
  return { kind: "json", usage, body: body["background"] === true ? queued : response, reportsUsage };
};

const listItems = ({ query }: FakeRequest, { input }: StoredResponse): JsonObject => {
  const ordered = query.get("order") === "asc" ? input : input.toReversed();
  const after = query.get("after");
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(start, start + Number(query.get("limit") ?? 20));
  const has_more = start + data.length < ordered.length;
  return { object: "list", data, first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null, has_more };
};

/** `GET` and `DELETE /v1/responses/{id}`, and `GET /v1/responses/{id}/input_items`. */
export const storedResponse = (request: FakeRequest, state: OpenAiState): Reply => {
  const [, id = "", inner] = /^\/v1\/responses\/([^/]+)(\/input_items)?$/.exec(request.path) ?? [];
  const stored = state.responses.get(id);
  if (stored === undefined) throw notFound(id);
  const free = { kind: "json", usage: usageOf(), reportsUsage: false } as const;
  if (inner !== undefined) return { ...free, body: listItems(request, stored) };
  if (request.method !== "DELETE") return { ...free, body: stored.response };
  state.responses.delete(id);
  return { ...free, body: { id, object: "response", deleted: true } };
};

/** `POST /v1/responses/input_tokens`: free. */
export const countInputTokens = ({ body, call }: FakeRequest, state: OpenAiState): Reply => {
  check(InputTokensRequest, body);
  checkModel(textOr(body["model"]));
  const { text } = addSegments(responseSegments(body, readItems(body, call, state)));
  return {
    kind: "json",
    usage: usageOf(),
    body: { object: "response.input_tokens", input_tokens: text },
    reportsUsage: false,
  };
};
