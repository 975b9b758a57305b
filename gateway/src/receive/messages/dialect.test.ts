import { describe, expect, it } from "vitest";
import { noFacts, type Block, type Choice } from "../../conversation/answer.ts";
import {
  GatewayError,
  insufficientQuota,
  internalError,
  invalidApiKey,
  modelNotFound,
  requestTooLarge,
} from "../../errors.ts";
import { noUsage } from "../../meter/usage.ts";
import { dialectOfRequest, errorBody, errorStatus } from "../dialects.ts";
import { messages } from "./dialect.ts";
import { answerFrame, lenient } from "./testing/calls-and-events.ts";

const counts = {
  ...noUsage,
  inputUncached: 10,
  inputCacheRead: 20,
  inputCacheWrite5m: 3,
  inputCacheWrite1h: 4,
  outputText: 5,
  outputReasoning: 6,
};

const answer = (blocks: readonly Block[], choice: Partial<Choice> = {}) =>
  messages.writeAnswer(
    answerFrame(),
    { choices: [{ blocks, finish: "stop", ...choice }], usage: counts, facts: noFacts },
    { counts, source: "reported" },
    lenient(),
  );

describe("a message", () => {
  it("holds the blocks of an answer and its usage, whose input leaves out the cache", () => {
    const blocks: Block[] = [
      { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "Eq" } },
      { type: "text", text: "" },
      { type: "text", text: "grün" },
      { type: "tool-call", id: "a", name: "look", arguments: '{"at":1}' },
    ];
    expect(answer(blocks, { finish: "tool-calls" })).toMatchObject({
      id: "msg_7",
      type: "message",
      role: "assistant",
      model: "tuned",
      content: [
        { type: "thinking", thinking: "hm", signature: "Eq" },
        { type: "text", text: "grün" },
        { type: "tool_use", id: "a", name: "look", input: { at: 1 } },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
        output_tokens: 11,
        output_tokens_details: { thinking_tokens: 6 },
      },
    });
  });

  it.each([
    ["", {}],
    ["  ", {}],
    ['{"a":"ü"}', { a: "ü" }],
    ['{"a":', { arguments: '{"a":' }],
    ["[1]", { arguments: "[1]" }],
  ])("edge case 05: has an object for the arguments %j", (text, input) => {
    expect(answer([{ type: "tool-call", id: "a", name: "b", arguments: text }])).toMatchObject({
      content: [{ input }],
    });
  });

  it.each([
    ["stop", "end_turn"],
    ["stop-sequence", "stop_sequence"],
    ["length", "max_tokens"],
    ["context-window", "model_context_window_exceeded"],
    ["tool-calls", "tool_use"],
    ["content-filter", "refusal"],
    ["refusal", "refusal"],
    ["pause", "pause_turn"],
  ] as const)("ends for %s by %s", (finish, stop_reason) => {
    const { stop_details, ...rest } = answer([], { finish, stopSequence: "END" });
    expect(rest).toMatchObject({ stop_reason, stop_sequence: finish === "stop-sequence" ? "END" : null });
    expect(stop_details !== null).toBe(stop_reason === "refusal");
  });
});

describe("an error in Anthropic's words", () => {
  const provider = (status: number, code: string) =>
    new GatewayError({ status, code, type: "server_error", message: "m", retryable: true });

  it.each([
    [modelNotFound("x"), 404, "not_found_error"],
    [invalidApiKey(), 401, "authentication_error"],
    [insufficientQuota("no money"), 402, "billing_error"],
    [requestTooLarge(1), 413, "request_too_large"],
    [internalError(undefined), 500, "api_error"],
    [provider(422, "invalid_request"), 422, "invalid_request_error"],
    [provider(429, "provider_rate_limited"), 429, "rate_limit_error"],
    [provider(503, "provider_overloaded"), 529, "overloaded_error"],
    [provider(503, "model_unavailable"), 503, "api_error"],
    [provider(504, "provider_timeout"), 504, "timeout_error"],
    [provider(502, "provider_error"), 502, "api_error"],
  ])("%# has the status and the type of its kind", (error, status, type) => {
    expect(errorStatus("anthropic", error)).toBe(status);
    expect(errorStatus("openai", error)).toBe(error.status);
    expect(errorBody("anthropic", error, "req_1")).toEqual({
      type: "error",
      error: { type, message: error.message, details: { error_code: error.code, param: error.param } },
      request_id: "req_1",
    });
  });

  it("answers whoever speaks so: by the path, and for models by the header of the version", () => {
    const of = (url: string, version?: string) => dialectOfRequest({ url, header: () => version });
    expect([of("/v1/messages"), of("/v1/messages/unheard-of"), of("/v1/models?limit=1", "2023-06-01")]).toEqual([
      "anthropic",
      "anthropic",
      "anthropic",
    ]);
    expect([of("/v1/models"), of("/v1/chat/completions", "2023-06-01")]).toEqual(["openai", "openai"]);
  });
});
