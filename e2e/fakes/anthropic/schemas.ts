import { z } from "zod";

const text = z.string();
const anything = z.unknown();
const maybe = <T extends z.ZodType>(type: T) => type.nullish();

const cacheControl = maybe(z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() }));
const cached = { cache_control: cacheControl };

const textBlock = z.strictObject({ type: z.literal("text"), text, citations: maybe(z.array(anything)), ...cached });
const base64 = (types: [string, ...string[]]) =>
  z.strictObject({ type: z.literal("base64"), media_type: z.enum(types), data: text });
const imageBlock = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    base64(["image/jpeg", "image/png", "image/gif", "image/webp"]),
    z.strictObject({ type: z.literal("url"), url: text }),
    z.strictObject({ type: z.literal("file"), file_id: text }),
  ]),
  transformations: anything.optional(),
  ...cached,
});
const documentBlock = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    base64(["application/pdf"]),
    z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: text }),
    z.strictObject({ type: z.literal("content"), content: anything }),
    z.strictObject({ type: z.literal("url"), url: text }),
    z.strictObject({ type: z.literal("file"), file_id: text }),
  ]),
  title: maybe(text),
  context: maybe(text),
  citations: maybe(z.strictObject({ enabled: z.boolean().optional() })),
  ...cached,
});
const searchResult = z.looseObject({ type: z.literal("search_result") });
const toolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: text.regex(/^[\w-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'"),
  content: maybe(
    z.union([text, z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, searchResult]))]),
  ),
  is_error: z.boolean().optional(),
  toolset_name: maybe(text),
  ...cached,
});
const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: text.regex(/^[\w-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'"),
  name: text.min(1).max(200),
  input: z.record(text, anything),
  caller: anything.optional(),
  toolset_name: maybe(text),
  ...cached,
});
const thinking = z.strictObject({ type: z.literal("thinking"), thinking: text, signature: text });
const redacted = z.strictObject({ type: z.literal("redacted_thinking"), data: text });
const serverBlock = z.looseObject({
  type: z.enum(["server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result"]),
});

const userBlock = z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, searchResult, toolResult]);
const assistantBlock = z.discriminatedUnion("type", [textBlock, thinking, redacted, toolUse, serverBlock]);
const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), content: z.union([text, z.array(userBlock)]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.union([text, z.array(assistantBlock)]) }),
  z.strictObject({ role: z.literal("system"), content: z.union([text, z.array(textBlock)]) }),
]);

const customTool = z.strictObject({
  type: maybe(z.literal("custom")),
  name: text.regex(/^[\w-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
  description: text.optional(),
  input_schema: z.looseObject({ type: z.literal("object", "Input should be 'object'") }),
  strict: z.boolean().optional(),
  allowed_callers: anything.optional(),
  defer_loading: z.boolean().optional(),
  eager_input_streaming: maybe(z.boolean()),
  input_examples: z.array(anything).optional(),
  ...cached,
});
const serverTool = z.looseObject({ type: text.regex(/_\d{8}$/), name: text });

const parallel = { disable_parallel_tool_use: z.boolean().optional() };
const read = {
  model: text.min(1),
  messages: z.array(message).min(1, "at least one message is required"),
  ...cached,
  output_config: z
    .strictObject({
      effort: maybe(z.enum(["low", "medium", "high", "xhigh", "max"])),
      format: maybe(z.strictObject({ type: z.literal("json_schema"), schema: z.record(text, anything) })),
    })
    .optional(),
  speed: maybe(z.enum(["standard", "fast"])),
  system: z.union([text, z.array(textBlock)]).optional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({
        type: z.literal("enabled"),
        budget_tokens: z.int().min(1024, "Input should be greater than or equal to 1024"),
        display: maybe(z.enum(["summarized", "omitted"])),
      }),
      z.strictObject({ type: z.literal("adaptive"), display: maybe(z.enum(["summarized", "omitted"])) }),
      z.strictObject({ type: z.enum(["disabled", "between_tools"]) }),
    ])
    .optional(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.enum(["auto", "any"]), ...parallel }),
      z.strictObject({ type: z.literal("tool"), name: text, ...parallel }),
      z.strictObject({ type: z.literal("none") }),
    ])
    .optional(),
  tools: z.array(z.union([customTool, serverTool])).optional(),
  user_profile_id: text.optional(),
  workspace_id: text.optional(),
};

export const CountTokensRequest = z.strictObject(read);

export const MessagesRequest = z.strictObject({
  ...read,
  max_tokens: z.int().min(1, "Input should be greater than or equal to 1"),
  container: anything.optional(),
  diagnostics: anything.optional(),
  inference_geo: maybe(text),
  metadata: z.strictObject({ user_id: maybe(text) }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
  stop_sequences: z.array(text.regex(/\S/, "each stop sequence must contain non-whitespace")).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0, "range: 0..1").max(1, "range: 0..1").optional(),
  top_k: z.int().min(0).optional(),
  top_p: z.number().min(0, "range: 0..1").max(1, "range: 0..1").optional(),
});
