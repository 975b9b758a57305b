import type { JsonObject } from "../json.ts";
import { excepted, schema, top, within } from "./field-cases.ts";

const messages = { model: "m", max_tokens: 4_096, messages: [{ role: "user", content: "hi" }] };
const messageTool = { name: "look", input_schema: schema };
const messageOf = (...content: readonly JsonObject[]): JsonObject => ({
  ...messages,
  messages: [{ role: "user", content: [{ type: "text", text: "see" }, ...content] }],
});
const messageTurn = (...content: readonly JsonObject[]): JsonObject => ({
  ...messages,
  messages: [...messages.messages, { role: "assistant", content }, { role: "user", content: "and?" }],
});
const messageResult = (more: JsonObject): JsonObject => ({
  ...messages,
  tools: [messageTool],
  messages: [
    ...messages.messages,
    { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "look", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "sunny", ...more }] },
  ],
});
const cache = { cache_control: { type: "ephemeral" } };
const citations = { citations: { enabled: true } };
const pdfSource = { type: "base64", media_type: "application/pdf", data: "JVBERi0xLjQ=" };

/** Of the Messages API, as its SDK's types have them, those of its betas among them. */
export const messageFieldCases = excepted(
  {
    tool_choice: "without tools the model cannot call any, whatever the choice",
    "thinking.display": { why: "its thoughts are not shown anyway", at: ["openai"] },
    "$thinking.display": {
      why: "its thoughts are shown anyway, or it has none, which is told",
      at: ["openai-compatible", "gpt-4.1"],
    },
  },
  [
    ...top(messages, {
      ...cache,
      container: "container_7",
      diagnostics: { previous_message_id: "msg_7" },
      inference_geo: "us",
      metadata: { user_id: "person-7" },
      output_config: { format: { type: "json_schema", schema } },
      service_tier: "standard_only",
      speed: "fast",
      stop_sequences: ["END"],
      stream: true,
      system: "Be brief.",
      temperature: 0.3,
      thinking: { type: "enabled", budget_tokens: 2_000 },
      tool_choice: { type: "auto" },
      tools: [messageTool],
      top_k: 5,
      top_p: 0.4,
      user_profile_id: "up_7",
      workspace_id: "ws_7",
      mcp_servers: [{ type: "url", url: "https://example.com", name: "x" }],
      context_management: { edits: [] },
      unheard_of: "x",
    }),
    ...within("tools[]", (more) => ({ ...messages, tools: [{ ...messageTool, ...more }] }), {
      ...cache,
      allowed_callers: ["code_execution_20250825"],
      defer_loading: true,
      description: "Looks.",
      eager_input_streaming: true,
      input_examples: [{ city: "Rome" }],
      strict: true,
    }),
    ...within("$tools", (more) => ({ ...messages, tools: [messageTool], ...more }), {
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    }),
    ...within("metadata", (more) => ({ ...messages, metadata: { user_id: "p", ...more } }), { team: "blue" }),
    ...within("output_config", (more) => ({ ...messages, output_config: { ...more } }), {
      effort: "low",
      task_budget: { type: "tokens", total: 20_000 },
    }),
    ...within("thinking", (more) => ({ ...messages, thinking: { type: "adaptive", ...more } }), {
      display: "omitted",
      unheard_of: 1,
    }),
    ...within("$thinking", (more) => ({ ...messages, thinking: { type: "adaptive", ...more } }), {
      display: "summarized",
    }),
    ...within("text", (more) => messageOf({ type: "text", text: "this", ...more }), cache),
    ...within("document", (more) => messageOf({ type: "document", source: pdfSource, ...more }), {
      ...cache,
      ...citations,
      context: "From the archive.",
      title: "Deed",
    }),
    ...within(
      "image",
      (more) =>
        messageOf({
          type: "image",
          source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
          ...more,
        }),
      { ...cache, transformations: [{ type: "crop" }] },
    ),
    ...within(
      "search_result",
      (more) =>
        messageOf({
          type: "search_result",
          title: "T",
          source: "https://example.com",
          content: [{ type: "text", text: "Found." }],
          ...more,
        }),
      { ...cache, ...citations },
    ),
    ...within("tool_result", messageResult, { ...cache, is_error: true, toolset_name: "x" }),
    ...within(
      "tool_result.content[]",
      (more) => messageResult({ content: [{ type: "text", text: "sunny", ...more }] }),
      cache,
    ),
    {
      field: "assistant.server_tool_use",
      before: messageTurn({ type: "text", text: "Hello." }),
      after: messageTurn(
        { type: "text", text: "Hello." },
        { type: "server_tool_use", id: "s1", name: "web_search", input: {} },
      ),
    },
    ...within("assistant.text", (more) => messageTurn({ type: "text", text: "Hello.", ...more }), {
      citations: [
        { type: "char_location", cited_text: "x", document_index: 0, start_char_index: 0, end_char_index: 1 },
      ],
    }),
    {
      field: "assistant.thinking",
      before: messageTurn({ type: "text", text: "Hello." }),
      after: messageTurn({ type: "thinking", thinking: "Hm.", signature: "sig" }, { type: "text", text: "Hello." }),
    },
  ],
);
