import type { TranslationNotes } from "../../conversation/notes.ts";
import type { ReasoningWish, Sampling } from "../../conversation/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { TranslationArgs } from "../provider.ts";
import { type ChatServer, effortOfBudget } from "../openai-compatible/chat-server.ts";

/**
 * Whether a model thinks before it answers. OpenAI says it of each model in its documentation only; the names have held
 * since the first of them: o1, o3, o4-mini, gpt-5 and what comes after, but not the variants named `chat`.
 */
export const isReasoningModel = (model: string): boolean =>
  /^(ft:)?(o\d|gpt-([5-9]|\d\d))/.test(model) && !/^(ft:)?gpt-[\d.]+-chat/.test(model);

/** What a reasoning model refuses; the usual values ask for nothing. */
const samplingOfReasoning = (wanted: Sampling, notes: TranslationNotes): Sampling => {
  const refused = {
    temperature: wanted.temperature === 1 ? undefined : wanted.temperature,
    top_p: wanted.topP === 1 ? undefined : wanted.topP,
    presence_penalty: wanted.presencePenalty === 0 ? undefined : wanted.presencePenalty,
    frequency_penalty: wanted.frequencyPenalty === 0 ? undefined : wanted.frequencyPenalty,
    stop: wanted.stop,
  };
  for (const [field, value] of Object.entries(refused)) {
    if (value !== undefined) notes.lost(field, "models of OpenAI that reason do not take it");
  }
  return {
    ...(wanted.seed === undefined ? {} : { seed: wanted.seed }),
    ...(wanted.topLogprobs === undefined ? {} : { topLogprobs: wanted.topLogprobs }),
  };
};

const reasoningFields = (wish: ReasoningWish, model: string, notes: TranslationNotes): JsonObject => {
  const { effort, budgetTokens, disabled, visible } = wish;
  if (!isReasoningModel(model)) {
    if (disabled !== true) notes.lost("reasoning", "the model does not reason");
    return {};
  }
  if (visible === true) notes.lost("reasoning.summary", "thoughts are shown over the Responses API alone");
  if (disabled === true) {
    // The first models that can leave it are those after gpt-5.
    if (/^(ft:)?gpt-(5\.|[6-9]|\d\d)/.test(model)) return { reasoning_effort: "none" };
    notes.lost("reasoning", "the model cannot leave it");
    return {};
  }
  if (effort !== undefined) return { reasoning_effort: effort };
  return budgetTokens === undefined ? {} : { reasoning_effort: effortOfBudget(budgetTokens) };
};

/** What answers of other providers carry in this dialect, and clients send back with the next turn. */
const foreignFields = new Set(["reasoning_content", "reasoning", "reasoning_details", "extra_content", "images"]);

const withoutForeign = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([field]) => !foreignFields.has(field)));

const isForeign = (value: unknown): boolean =>
  isJsonObject(value) && Object.keys(value).some((field) => foreignFields.has(field));

/** OpenAI refuses fields that it does not know, with which a conversation could not go on here that began elsewhere. */
const ownMessages = (messages: unknown, notes: TranslationNotes): unknown[] | undefined => {
  const entries: unknown[] = Array.isArray(messages) ? messages : [];
  const callsOf = (message: unknown): unknown[] =>
    isJsonObject(message) && Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  const hasForeign = (message: unknown): boolean => isForeign(message) || callsOf(message).some(isForeign);
  const first = entries.findIndex(hasForeign);
  if (first === -1) return undefined;
  notes.lost(`messages[${first}]`, "thoughts, signatures and pictures of earlier turns are not taken back");
  return entries.map((message) => {
    if (!isJsonObject(message) || !hasForeign(message)) return message;
    const calls = callsOf(message).map((call) => (isJsonObject(call) ? withoutForeign(call) : call));
    return { ...withoutForeign(message), ...(calls.length === 0 ? {} : { tool_calls: calls }) };
  });
};

/** Reasoning models refuse the old name of the bound, under which credentials and the gateway itself set it. */
const renamedBound = ({ call: { body }, route }: TranslationArgs): JsonObject => {
  const { max_tokens: bound, max_completion_tokens: own } = body;
  if (!isReasoningModel(route.upstreamModel)) return {};
  if (bound === undefined || bound === null || (own !== undefined && own !== null)) return {};
  return { max_tokens: undefined, max_completion_tokens: bound };
};

/** The chat of api.openai.com. */
export const openAiServer: ChatServer = {
  inlinesMedia: false,
  outputField: "max_completion_tokens",
  endUserField: "safety_identifier",
  takesThoughts: false,
  sampling(wanted, model, notes) {
    const { topK, ...sampling } = wanted;
    if (topK !== undefined) notes.lost("top_k", "models of OpenAI do not take it");
    return isReasoningModel(model) ? samplingOfReasoning(sampling, notes) : sampling;
  },
  reasoning: reasoningFields,
  changedFields(args) {
    if (args.call.endpoint !== "chat/completions") return {};
    const messages = ownMessages(args.call.body["messages"], args.notes);
    return { ...renamedBound(args), ...(messages === undefined ? {} : { messages }) };
  },
};
