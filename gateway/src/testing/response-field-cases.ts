import type { JsonObject } from "../json.ts";
import { excepted, pdf, picture, schema, top, within } from "./field-cases.ts";

const response = { model: "m", input: "hi" };
const responseTool = { type: "function", name: "look", parameters: schema, strict: false };
const responseItem = (item: JsonObject): JsonObject => ({ model: "m", input: [{ role: "user", content: "hi" }, item] });
const responsePart = (part: JsonObject): JsonObject =>
  responseItem({ role: "user", content: [{ type: "input_text", text: "see" }, part] });
const responseText = (format: JsonObject): JsonObject => ({ ...response, text: { format } });

/** Of OpenAI's Responses, as its SDK's types have them. */
export const responseFieldCases = excepted(
  {
    background: "not in the background is how every provider answers",
    stream_options: "padding is for events of OpenAI's own",
    store: "nothing is stored at a provider",
    include: "thoughts that can be sent again are always in the answer",
    metadata: "it is the caller's own, and stands in the response again",
    tool_choice: "without tools the model cannot call any, whatever the choice",
    parallel_tool_calls: "without tools there are no calls",
    truncation: "it is what providers do",
    previous_response_id: "the gateway puts what went before into `input` itself",
    "reasoning.summary": { why: "its thoughts are shown anyway", at: ["openai-compatible", "anthropic"] },
    "reasoning.generate_summary": { why: "its thoughts are shown anyway", at: ["openai-compatible", "anthropic"] },
  },
  [
    ...top(response, {
      access_programs: ["x"],
      background: false,
      context_management: [{ type: "compaction" }],
      conversation: "conv_7",
      image: { quality: "low" },
      include: ["reasoning.encrypted_content"],
      instructions: "Be brief.",
      max_output_tokens: 77,
      max_tool_calls: 3,
      metadata: { team: "blue" },
      moderation: { policy: "strict" },
      parallel_tool_calls: true,
      previous_response_id: "resp_7",
      prompt: { id: "pmpt_7" },
      prompt_cache_key: "user-7",
      prompt_cache_options: { mode: "explicit" },
      prompt_cache_retention: "24h",
      reasoning: { effort: "low" },
      safety_identifier: "person-7",
      service_tier: "flex",
      store: false,
      stream: true,
      stream_options: { include_obfuscation: true },
      temperature: 0.3,
      text: { format: { type: "json_schema", name: "place", schema } },
      tool_choice: "auto",
      tools: [responseTool],
      top_logprobs: 3,
      top_p: 0.4,
      truncation: "disabled",
      user: "person-8",
      unheard_of: "x",
    }),
    ...within("include", (more) => ({ ...response, ...more }), { include: ["message.output_text.logprobs"] }),
    ...within("truncation", (more) => ({ ...response, ...more }), { truncation: "auto" }),
    ...within("tools[]", (more) => ({ ...response, tools: [{ ...responseTool, ...more }] }), {
      description: "Looks.",
      strict: true,
      defer_loading: true,
      allowed_callers: ["code"],
      output_schema: schema,
    }),
    ...within("$tools", (more) => ({ ...response, tools: [responseTool], ...more }), {
      tool_choice: { type: "function", name: "look" },
      parallel_tool_calls: false,
    }),
    ...within("reasoning", (more) => ({ ...response, reasoning: { effort: "low", ...more } }), {
      summary: "auto",
      generate_summary: "detailed",
      context: "all_turns",
      mode: "pro",
    }),
    ...within("text", (more) => ({ ...response, text: { ...more } }), {
      verbosity: "low",
      format: { type: "grammar", syntax: "lark" },
    }),
    ...within("text.format", (more) => responseText({ type: "json_schema", name: "place", schema, ...more }), {
      description: "Where it is.",
    }),
    ...within("input[].content[]", (more) => responsePart({ type: "input_image", image_url: picture, ...more }), {
      detail: "low",
      prompt_cache_breakpoint: { mode: "explicit" },
    }),
    ...within("$file", (more) => responsePart({ type: "input_file", file_data: pdf, ...more }), {
      filename: "a.pdf",
      detail: "high",
    }),
  ],
);
