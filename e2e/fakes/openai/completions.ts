import { answerTo } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { listOr, numberOr, objectOr, textOr, type JsonObject, isGiven } from "../json.ts";
import type { FakeEvent, FakeRequest, Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { countTokens, tokensOf } from "../tokens.ts";
import { billed, usageOf } from "../usage.ts";
import { stopsOf } from "./chat-input.ts";
import { check, invalid } from "./errors.ts";
import { checkModel } from "./models.ts";
import { CompletionRequest } from "./schemas.ts";
import { completionUsage } from "./usage-json.ts";

/** A prompt of the text endpoint is one text, several, or numbers of tokens. */
export const promptsOf = (prompt: unknown): { text: string; tokens: number }[] => {
  if (typeof prompt === "string") return [{ text: prompt, tokens: countTokens(prompt) }];
  const list = listOr(prompt);
  if (typeof list[0] === "number") return [{ text: list.join(" "), tokens: list.length }];
  return list.flatMap(promptsOf);
};

/** `POST /v1/completions`. */
export const textCompletion = ({ body, call }: FakeRequest, { answer: script, usage: mode }: Behaviour): Reply => {
  check(CompletionRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  if (isGiven(body["stream_options"]) && body["stream"] !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  const prompts = promptsOf(body["prompt"] ?? "<|endoftext|>");
  const copies = numberOr(body["n"], 1);
  const choices = prompts.flatMap(({ text: prompt }) =>
    Array.from({ length: copies }, (_, at) => {
      const question = {
        model: at === 0 ? model : `${model} ${at}`,
        prompt,
        tools: [],
        choice: "none",
        parallel: false,
      } as const;
      const maxTokens = numberOr(body["max_tokens"], 16);
      const { text, end } = answerTo(
        { ...question, reasoningWords: 0, maxTokens, stops: stopsOf(body["stop"]) },
        script,
      );
      return {
        text: body["echo"] === true ? prompt + text : text,
        finish: script?.finish ?? (end === "length" ? "length" : "stop"),
        made: countTokens(text),
      };
    }),
  );
  const inputUncached = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
  const outputText = choices.reduce((sum, { made }) => sum + made, 0);
  const usage = billed(usageOf({ inputUncached, outputText }), { usage: mode, answer: script });
  const frame = {
    id: seededId("cmpl-", `${call}`),
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const choiceOf = (index: number, text: string, finish_reason: string | null): JsonObject => ({
    text,
    index,
    logprobs: null,
    finish_reason,
  });
  if (body["stream"] !== true) {
    const answers = choices.map(({ text, finish }, index) => choiceOf(index, text, finish));
    const reported = mode === "none" ? {} : { usage: completionUsage(usage) };
    return { kind: "json", usage, body: { ...frame, choices: answers, ...reported }, reportsUsage: mode !== "none" };
  }
  const asked = objectOr(body["stream_options"])["include_usage"] === true;
  const events = choices.flatMap(({ text, finish }, index): FakeEvent[] => [
    ...tokensOf(text).map((token) => ({
      data: { ...frame, choices: [choiceOf(index, token, null)], ...(asked ? { usage: null } : {}) },
      written: { text: 1 },
    })),
    { data: { ...frame, choices: [choiceOf(index, "", finish)], ...(asked ? { usage: null } : {}) } },
  ]);
  const last: FakeEvent = { data: { ...frame, choices: [], usage: completionUsage(usage) }, reportsUsage: true };
  const tail = mode === "twice" ? [last, last] : asked && mode !== "none" ? [last] : [];
  return { kind: "events", form: "sse", usage, events: [...events, ...tail, { data: "[DONE]" }] };
};
