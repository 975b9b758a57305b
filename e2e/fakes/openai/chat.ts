import { answerTo, answerTokens, type Answer } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { isGiven, listOr, numberOr, textOr, type JsonObject } from "../json.ts";
import type { FakeRequest, Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { addSegments } from "../segments.ts";
import { countTokens } from "../tokens.ts";
import { billed, usageOf, withOutput, type Usage } from "../usage.ts";
import { chatChunks, logprobsOf, soundExpiry, tokensOfSound, type Choice } from "./chat-stream.ts";
import { chatQuestion, chatSegments } from "./chat-input.ts";
import { checkChatRules } from "./chat-rules.ts";
import { check } from "./errors.ts";
import { checkModel } from "./models.ts";
import { ChatRequest } from "./schemas.ts";
import type { OpenAiState } from "./state.ts";
import { completionUsage } from "./usage-json.ts";

const finishes = {
  stop: "stop",
  stopSequence: "stop",
  length: "length",
  calls: "tool_calls",
  refusal: "stop",
} as const;

const choicesOf = (request: FakeRequest, model: string, { answer: script }: Behaviour): Choice[] => {
  const question = chatQuestion(request.body, model);
  return Array.from({ length: numberOr(request.body["n"], 1) }, (_, at) => {
    const answer = answerTo({ ...question, model: at === 0 ? model : `${model} ${at}` }, script);
    const ids = answer.calls.map((_, place) => seededId("call_", `${request.call} ${at} ${place}`));
    const isSpoken = listOr(request.body["modalities"]).includes("audio") && answer.text !== "";
    const voiceId = isSpoken ? seededId("audio_", `${request.call} ${at}`) : undefined;
    return { answer, ids, finish: script?.finish ?? finishes[answer.end], voiceId };
  });
};

/** Prompt tokens by bucket, with what the prompt cache knew. */
export const countPrompt = (
  body: JsonObject,
  segments: ReturnType<typeof chatSegments>,
  model: string,
  state: OpenAiState,
): Usage => {
  const { text, image, audio } = addSegments(segments);
  const key = body["prompt_cache_key"];
  const cached = typeof key === "string" ? state.cache.read(`${model}\n${key}`, segments) : 0;
  // Writes are counted, and billed, where the caller says what to keep.
  const writes =
    body["prompt_cache_options"] !== undefined || JSON.stringify(body).includes('"prompt_cache_breakpoint"');
  const inputCacheWrite5m = writes ? text - cached : 0;
  return usageOf({
    inputUncached: text - cached - inputCacheWrite5m,
    inputCacheRead: cached,
    inputCacheWrite5m,
    inputImage: image,
    inputAudio: audio,
  });
};

const soundOf = ({ text }: Answer): string => Buffer.alloc(8 * countTokens(text)).toString("base64");

const messageOf = ({ answer, ids, voiceId }: Choice): JsonObject => ({
  role: "assistant",
  content: answer.text === "" || voiceId !== undefined ? null : answer.text,
  ...(voiceId === undefined
    ? {}
    : { audio: { id: voiceId, data: soundOf(answer), expires_at: soundExpiry, transcript: answer.text } }),
  refusal: answer.refusal === "" ? null : answer.refusal,
  annotations: [],
  ...(answer.calls.length === 0
    ? {}
    : { tool_calls: answer.calls.map((call, at) => ({ id: ids[at], type: "function", function: call })) }),
});

/** `POST /v1/chat/completions`. */
export const chatCompletion = (request: FakeRequest, behaviour: Behaviour, state: OpenAiState): Reply => {
  const { body } = request;
  check(ChatRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  checkChatRules(body, model);
  const choices = choicesOf(request, model, behaviour);
  const outputText = choices.reduce((sum, { answer }) => sum + answerTokens(answer), 0);
  const outputReasoning = choices.reduce((sum, { answer }) => sum + countTokens(answer.reasoning), 0);
  const spoken = choices.filter(({ voiceId }) => voiceId !== undefined);
  const outputAudio = spoken.reduce((sum, { answer }) => sum + countTokens(answer.text) * tokensOfSound, 0);
  const input = countPrompt(body, chatSegments(body), model, state);
  const usage = billed(withOutput(input, { outputText, outputReasoning, outputAudio }), behaviour);
  const isStream = body["stream"] === true;
  const frame = {
    id: seededId("chatcmpl-", `${request.call}`),
    object: isStream ? "chat.completion.chunk" : "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model,
    service_tier: body["service_tier"] === "auto" || !isGiven(body["service_tier"]) ? "default" : body["service_tier"],
    system_fingerprint: "fp_fake",
  };
  if (isStream)
    return { kind: "events", form: "sse", usage, events: chatChunks(choices, frame, usage, request, behaviour.usage) };
  const answers = choices.map((choice, index) => ({
    index,
    message: messageOf(choice),
    logprobs: logprobsOf(choice.answer.text, body),
    finish_reason: choice.finish,
  }));
  const reported = behaviour.usage === "none" ? {} : { usage: completionUsage(usage) };
  return {
    kind: "json",
    usage,
    body: { ...frame, choices: answers, ...reported },
    reportsUsage: behaviour.usage !== "none",
  };
};
