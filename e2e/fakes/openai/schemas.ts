import { z } from "zod";

const text = z.string();
const maybe = <T extends z.ZodType>(type: T) => type.nullish();
const anything = z.unknown();
const breakpoint = { prompt_cache_breakpoint: anything.optional() };

const textPart = z.strictObject({ type: z.literal("text"), text, ...breakpoint });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: text, detail: z.enum(["auto", "low", "high", "original"]).optional() }),
  ...breakpoint,
});
const audioPart = z.strictObject({
  type: z.literal("input_audio"),
  input_audio: z.strictObject({ data: text, format: z.enum(["wav", "mp3"]) }),
  ...breakpoint,
});
const filePart = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({ file_data: text, file_id: text, filename: text }).partial(),
  ...breakpoint,
});
const refusalPart = z.strictObject({ type: z.literal("refusal"), refusal: text });
const textContent = z.union([text, z.array(textPart).min(1)]);

const toolCall = z.discriminatedUnion("type", [
  z.strictObject({ id: text, type: z.literal("function"), function: z.strictObject({ name: text, arguments: text }) }),
  z.strictObject({ id: text, type: z.literal("custom"), custom: z.strictObject({ name: text, input: text }) }),
]);

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.enum(["system", "developer"]), content: textContent, name: text.optional() }),
  z.strictObject({
    role: z.literal("user"),
    content: z.union([text, z.array(z.discriminatedUnion("type", [textPart, imagePart, audioPart, filePart])).min(1)]),
    name: text.optional(),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: maybe(z.union([text, z.array(z.discriminatedUnion("type", [textPart, refusalPart]))])),
    refusal: maybe(text),
    name: text.optional(),
    annotations: z.array(anything).optional(),
    audio: maybe(z.looseObject({ id: text })),
    tool_calls: z.array(toolCall).min(1).optional(),
    function_call: maybe(z.strictObject({ name: text, arguments: text })),
  }),
  z.strictObject({ role: z.literal("tool"), content: textContent, tool_call_id: text }),
  z.strictObject({ role: z.literal("function"), name: text, content: maybe(text) }),
]);

const toolName = text.regex(/^[\w-]{1,64}$/, "Expected a string of letters, digits, _ and -, at most 64 long.");
const functionTool = {
  name: toolName,
  description: maybe(text),
  parameters: maybe(z.record(text, anything)),
  strict: maybe(z.boolean()),
};
const chatTool = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("function"), function: z.strictObject(functionTool) }),
  z.strictObject({ type: z.literal("custom"), custom: z.looseObject({ name: toolName }) }),
]);

const jsonSchema = {
  name: toolName,
  description: text.optional(),
  schema: z.record(text, anything).optional(),
  strict: maybe(z.boolean()),
};
const effort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
const verbosity = z.enum(["low", "medium", "high"]);
const tier = maybe(z.enum(["auto", "default", "flex", "scale", "priority", "fast"]));

const sampling = {
  temperature: maybe(z.number().min(0).max(2)),
  top_p: maybe(z.number().min(0).max(1)),
  frequency_penalty: maybe(z.number().min(-2).max(2)),
  presence_penalty: maybe(z.number().min(-2).max(2)),
  logit_bias: maybe(z.record(text, z.number())),
  seed: maybe(z.int()),
  stop: maybe(z.union([text, z.array(text).max(4)])),
  n: maybe(z.int().min(1).max(128)),
  user: text.optional(),
  stream: maybe(z.boolean()),
  stream_options: maybe(z.strictObject({ include_usage: z.boolean(), include_obfuscation: z.boolean() }).partial()),
};

const kept = {
  store: maybe(z.boolean()),
  metadata: maybe(z.record(text, text)),
  moderation: anything.optional(),
  parallel_tool_calls: maybe(z.boolean()),
  prompt_cache_key: maybe(text),
  prompt_cache_options: anything.optional(),
  prompt_cache_retention: maybe(z.enum(["in_memory", "24h"])),
  safety_identifier: maybe(text),
  service_tier: tier,
  top_logprobs: maybe(z.int().min(0).max(20)),
};

export const ChatRequest = z.strictObject({
  ...sampling,
  ...kept,
  model: text,
  messages: z.array(message).min(1, "empty array. Expected an array with minimum length 1."),
  audio: anything.optional(),
  function_call: anything.optional(),
  functions: z.array(z.looseObject({ name: toolName })).optional(),
  logprobs: maybe(z.boolean()),
  max_completion_tokens: maybe(z.int().min(1)),
  max_tokens: maybe(z.int().min(1)),
  modalities: maybe(z.array(z.enum(["text", "audio"]))),
  prediction: anything.optional(),
  reasoning_effort: maybe(effort),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({ type: z.literal("json_object") }),
      z.strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject(jsonSchema) }),
    ])
    .optional(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: text }) }),
      z.looseObject({ type: z.enum(["allowed_tools", "custom"]) }),
    ])
    .optional(),
  tools: z.array(chatTool).min(1, "empty array. Expected an array with minimum length 1.").optional(),
  verbosity: maybe(verbosity),
  web_search_options: anything.optional(),
});

export const CompletionRequest = z.strictObject({
  ...sampling,
  model: text,
  prompt: maybe(z.union([text, z.array(text), z.array(z.int()), z.array(z.array(z.int()))])),
  best_of: maybe(z.int().min(1).max(20)),
  echo: maybe(z.boolean()),
  logprobs: maybe(z.int().min(0).max(5)),
  max_tokens: maybe(z.int().min(0)),
  suffix: maybe(text),
});

const inputPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input_text"), text, ...breakpoint }),
  z.strictObject({
    type: z.literal("input_image"),
    image_url: maybe(text),
    file_id: maybe(text),
    detail: maybe(text),
    ...breakpoint,
  }),
  z.strictObject({
    type: z.literal("input_file"),
    file_data: maybe(text),
    file_id: maybe(text),
    file_url: maybe(text),
    filename: maybe(text),
    detail: maybe(text),
    ...breakpoint,
  }),
  z.strictObject({
    type: z.literal("output_text"),
    text,
    annotations: z.array(anything).optional(),
    logprobs: z.array(anything).optional(),
  }),
  refusalPart,
]);
const status = maybe(z.enum(["in_progress", "completed", "incomplete"]));
const messageItem = z.strictObject({
  type: z.literal("message").optional(),
  id: text.optional(),
  role: z.enum(["user", "assistant", "system", "developer"]),
  content: z.union([text, z.array(inputPart)]),
  status,
  phase: maybe(text),
});
const otherItem = z.discriminatedUnion("type", [
  messageItem.extend({ type: z.literal("message") }),
  z.strictObject({
    type: z.literal("function_call"),
    id: text.optional(),
    call_id: text,
    name: text,
    arguments: text,
    status,
    namespace: maybe(text),
    caller: anything.optional(),
    async: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal("function_call_output"),
    id: maybe(text),
    call_id: text,
    output: z.union([text, z.array(inputPart)]),
    status,
    caller: anything.optional(),
  }),
  z.strictObject({
    type: z.literal("reasoning"),
    id: text.optional(),
    summary: z.array(z.strictObject({ type: z.literal("summary_text"), text })),
    content: maybe(z.array(z.strictObject({ type: z.literal("reasoning_text"), text }))),
    encrypted_content: maybe(text),
    status,
  }),
  z.strictObject({ type: z.literal("item_reference"), id: text }),
  z.looseObject({
    type: z.enum([
      "image_generation_call",
      "web_search_call",
      "file_search_call",
      "code_interpreter_call",
      "custom_tool_call",
      "custom_tool_call_output",
      "mcp_call",
      "mcp_list_tools",
      "compaction",
    ]),
  }),
]);
const InputItem = z.union([messageItem, otherItem]);

const textConfig = z.strictObject({
  format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({ type: z.literal("json_object") }),
      z.strictObject({ type: z.literal("json_schema"), ...jsonSchema }),
    ])
    .optional(),
  verbosity: maybe(verbosity),
});

const responseTool = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("function"), ...functionTool }),
  z.looseObject({
    type: z.enum([
      "web_search",
      "web_search_preview",
      "file_search",
      "code_interpreter",
      "image_generation",
      "mcp",
      "custom",
      "shell",
      "apply_patch",
    ]),
  }),
]);

const readInput = {
  input: maybe(z.union([text, z.array(InputItem)])),
  instructions: maybe(text),
  model: text,
  parallel_tool_calls: maybe(z.boolean()),
  previous_response_id: maybe(text),
  conversation: anything.optional(),
  reasoning: maybe(
    z.strictObject({
      effort: maybe(effort),
      summary: maybe(text),
      generate_summary: maybe(text),
      context: maybe(text),
      mode: maybe(text),
    }),
  ),
  text: maybe(textConfig),
  tool_choice: z.union([z.enum(["none", "auto", "required"]), z.looseObject({ type: text })]).nullish(),
  tools: maybe(z.array(responseTool)),
  truncation: maybe(z.enum(["auto", "disabled"])),
};

export const InputTokensRequest = z.strictObject({ ...readInput, personality: text.optional() });

export const ResponsesRequest = z.strictObject({
  ...kept,
  ...readInput,
  access_programs: anything.optional(),
  background: maybe(z.boolean()),
  context_management: anything.optional(),
  image: anything.optional(),
  include: maybe(z.array(text)),
  max_output_tokens: maybe(z.int().min(16)),
  max_tool_calls: maybe(z.int()),
  prompt: anything.optional(),
  stream: maybe(z.boolean()),
  stream_options: maybe(z.strictObject({ include_obfuscation: z.boolean() }).partial()),
  temperature: sampling.temperature,
  top_p: sampling.top_p,
  user: text.optional(),
});

export const EmbeddingsRequest = z.strictObject({
  model: text,
  input: z.union([
    text.min(1),
    z.array(text.min(1)).min(1).max(2048),
    z.array(z.int()).min(1),
    z.array(z.array(z.int())).min(1),
  ]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(["float", "base64"]).optional(),
  user: text.optional(),
});
