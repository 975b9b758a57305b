import type { JsonObject } from "../json.ts";
import type { Usage } from "../usage.ts";

/** Usage as a message reports it: `input_tokens` are what no cache was involved in. */
export const usageJson = (usage: Usage): JsonObject => ({
  input_tokens: usage.inputUncached,
  cache_creation_input_tokens: usage.inputCacheWrite5m + usage.inputCacheWrite1h,
  cache_read_input_tokens: usage.inputCacheRead,
  cache_creation: {
    ephemeral_5m_input_tokens: usage.inputCacheWrite5m,
    ephemeral_1h_input_tokens: usage.inputCacheWrite1h,
  },
  output_tokens: usage.outputText + usage.outputReasoning,
  output_tokens_details: { thinking_tokens: usage.outputReasoning },
  server_tool_use: null,
  service_tier: "standard",
  inference_geo: "not_available",
});
