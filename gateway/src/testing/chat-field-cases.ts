import type { JsonObject } from "../json.ts";
import { excepted, pdf, picture, schema, top, within } from "./field-cases.ts";

const sampling = {
  temperature: 0.3,
  top_p: 0.4,
  stop: ["END"],
  seed: 7,
  presence_penalty: 0.5,
  frequency_penalty: 0.6,
};

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };
const functionTool = { type: "function", function: { name: "look", parameters: schema } };
const chatOf = (message: JsonObject): JsonObject => ({ model: "m", messages: [message] });
const chatPart = (part: JsonObject): JsonObject =>
  chatOf({ role: "user", content: [{ type: "text", text: "see" }, part] });
const chatTurn = (more: JsonObject): JsonObject => ({
  model: "m",
  messages: [...chat.messages, { role: "assistant", content: "Hello.", ...more }, { role: "user", content: "and?" }],
});
const chatResult = (more: JsonObject): JsonObject => ({
  model: "m",
  messages: [
    ...chat.messages,
    { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "c1", content: "sunny", ...more },
  ],
  tools: [functionTool],
});

/** Of OpenAI's chat completions, as its SDK's types have them, and more that clients send. */
export const chatFieldCases = excepted(
  {
    audio: "it shapes spoken answers, which are refused by `modalities`",
    stream_options: "padding against eavesdroppers is for chunks of OpenAI's own; translated ones come whole",
    store: "not stored is what every provider does",
    tool_choice: "without tools the model cannot call any, whatever the choice",
    parallel_tool_calls: "without tools there are no calls",
    top_logprobs: "it counts only beside `logprobs`",
  },
  [
    ...top(chat, {
      ...sampling,
      audio: { voice: "alloy", format: "wav" },
      function_call: "auto",
      functions: [{ name: "look", parameters: schema }],
      logit_bias: { "50256": -100 },
      logprobs: true,
      max_completion_tokens: 77,
      max_tokens: 78,
      metadata: { team: "blue" },
      modalities: ["text", "audio"],
      moderation: { policy: "strict" },
      n: 2,
      parallel_tool_calls: true,
      prediction: { type: "content", content: "hello" },
      prompt_cache_key: "user-7",
      prompt_cache_options: { mode: "explicit" },
      prompt_cache_retention: "24h",
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "place", schema } },
      safety_identifier: "person-7",
      service_tier: "flex",
      store: false,
      stream: true,
      stream_options: { include_obfuscation: true },
      tool_choice: "auto",
      tools: [functionTool],
      top_logprobs: 3,
      user: "person-8",
      verbosity: "low",
      web_search_options: {},
      top_k: 5,
      unheard_of: "x",
    }),
    ...within("tools[]", (more) => ({ ...chat, tools: [{ ...functionTool, ...more }] }), {
      cache_control: { type: "ephemeral" },
    }),
    ...within(
      "tools[].function",
      (more) => ({ ...chat, tools: [{ type: "function", function: { ...functionTool.function, ...more } }] }),
      { description: "Looks.", strict: true },
    ),
    ...within("$tools", (more) => ({ ...chat, tools: [functionTool], ...more }), {
      tool_choice: { type: "function", function: { name: "look" } },
      parallel_tool_calls: false,
    }),
    ...within("messages[]", (more) => chatOf({ ...chat.messages[0], ...more }), { name: "Ada" }),
    ...within("messages[].content[]", (more) => chatPart({ type: "text", text: "this", ...more }), {
      cache_control: { type: "ephemeral" },
      prompt_cache_breakpoint: { mode: "explicit" },
    }),
    ...within(
      "messages[].content[].image_url",
      (more) => chatPart({ type: "image_url", image_url: { url: picture, ...more } }),
      { detail: "low" },
    ),
    ...within("messages[].content[].file", (more) => chatPart({ type: "file", file: { file_data: pdf, ...more } }), {
      filename: "a.pdf",
      file_id: "file_7",
    }),
    ...within("assistant", chatTurn, {
      refusal: "I will not.",
      audio: { id: "audio_7" },
      name: "Bot",
      reasoning_content: "Hm.",
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }],
    }),
    ...within("tool", chatResult, { content: [{ type: "text", text: "rainy" }] }),
    ...within(
      "response_format.json_schema",
      (more) => ({
        ...chat,
        response_format: { type: "json_schema", json_schema: { name: "place", schema, ...more } },
      }),
      { description: "Where it is." },
    ),
  ],
);

const prompt = { model: "m", prompt: "Once" };
/** Of OpenAI's completions. */
export const completionFieldCases = excepted(
  { stream_options: "padding is for chunks of OpenAI's own" },
  top(prompt, {
    ...sampling,
    best_of: 2,
    echo: true,
    logit_bias: { "50256": -100 },
    logprobs: 2,
    max_tokens: 78,
    n: 2,
    stream: true,
    stream_options: { include_obfuscation: true },
    suffix: "The end.",
    user: "person-8",
    unheard_of: "x",
  }),
);
