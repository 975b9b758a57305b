import { listOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { invalid } from "./errors.ts";
import { refusesPrefill, refusesSampling } from "./models.ts";
import { isSigned } from "./signatures.ts";

export const blocksOf = (message: JsonObject | undefined): JsonObject[] => {
  const content = message?.["content"];
  return typeof content === "string" ? [{ type: "text", text: content }] : objectsOr(content);
};

const ofType = (blocks: readonly JsonObject[], type: string): JsonObject[] =>
  blocks.filter((block) => block["type"] === type);

interface Turn {
  role: string;
  /** The place of its first message in the request. */
  at: number;
  blocks: JsonObject[];
}

/** Neighbours of one role are one turn: the API joins them. */
const turnsOf = (messages: readonly JsonObject[]): Turn[] => {
  const turns: Turn[] = [];
  for (const [at, message] of messages.entries()) {
    const role = textOr(message["role"]);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocksOf(message));
    else turns.push({ role, at, blocks: blocksOf(message) });
  }
  return turns;
};

/** Results count as such only before any other block. */
const leadingResults = (turn: Turn | undefined): JsonObject[] => {
  const blocks = turn?.blocks ?? [];
  const end = blocks.findIndex(({ type }) => type !== "tool_result");
  return end < 0 ? blocks : blocks.slice(0, end);
};

const checkTools = (turns: readonly Turn[]): void => {
  for (const [place, { role, at, blocks }] of turns.entries()) {
    const used = role === "assistant" ? ofType(blocks, "tool_use").map(({ id }) => textOr(id)) : [];
    const next = turns[place + 1];
    const answered = new Set(leadingResults(next).map((result) => textOr(result["tool_use_id"])));
    const open = used.filter((id) => !answered.has(id));
    if (open.length > 0) {
      const rule = "Each `tool_use` block must have a corresponding `tool_result` block in the next message.";
      throw invalid(
        `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. ${rule}`,
      );
    }
    if (role !== "user") continue;
    const before = new Set(ofType(turns[place - 1]?.blocks ?? [], "tool_use").map(({ id }) => textOr(id)));
    for (const [index, block] of blocks.entries()) {
      const id = textOr(block["tool_use_id"]);
      if (block["type"] !== "tool_result" || before.has(id)) continue;
      const rule = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.";
      throw invalid(
        `messages.${at}.content.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ${rule}`,
      );
    }
  }
};

const checkTexts = (messages: readonly JsonObject[], model: string): void => {
  if (messages[0]?.["role"] !== "user") throw invalid('messages: first message must use the "user" role');
  for (const [at, message] of messages.entries()) {
    const isPrefill = at === messages.length - 1 && message["role"] === "assistant";
    const blocks = blocksOf(message);
    if ((blocks.length === 0 || message["content"] === "") && !isPrefill) {
      throw invalid(
        `messages.${at}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    const texts = ofType(blocks, "text").map((block) => textOr(block["text"]));
    if (!isPrefill && texts.includes("")) throw invalid("messages: text content blocks must be non-empty");
    if (!isPrefill && texts.some((text) => text.trim() === "")) {
      throw invalid("messages: text content blocks must contain non-whitespace text");
    }
    if (!isPrefill) continue;
    if (refusesPrefill(model)) {
      throw invalid(
        "This model does not support assistant message prefill. The conversation must end with a user message.",
      );
    }
    if (/\s$/.test(texts.at(-1) ?? ""))
      throw invalid("messages: final assistant content cannot end with trailing whitespace");
  }
};

const checkThinkingBlocks = (turns: readonly Turn[], isEnabled: boolean): void => {
  for (const { at, blocks } of turns) {
    for (const [index, block] of blocks.entries()) {
      if (block["type"] === "thinking" && !isSigned(textOr(block["signature"]), textOr(block["thinking"]))) {
        throw invalid(`messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`);
      }
      if (block["type"] === "redacted_thinking" && !isSigned(textOr(block["data"]), "redacted")) {
        throw invalid(`messages.${at}.content.${index}: Invalid \`data\` in \`redacted_thinking\` block`);
      }
    }
  }
  const last = turns.findLast(({ role }) => role === "assistant");
  const first = last?.blocks[0]?.["type"];
  const isOpen = last !== undefined && ofType(last.blocks, "tool_use").length > 0 && turns.at(-2) === last;
  if (!isEnabled || !isOpen || first === "thinking" || first === "redacted_thinking") return;
  const rule =
    "When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).";
  throw invalid(
    `messages.${last.at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${textOr(first)}\`. ${rule}`,
  );
};

const checkThinking = (body: JsonObject, model: string): void => {
  const { type, budget_tokens } = objectOr(body["thinking"]);
  if (type === "enabled" && refusesSampling(model)) {
    throw invalid(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  }
  if (type === "enabled" && Number(budget_tokens) >= Number(body["max_tokens"])) {
    throw invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
  if (type !== "enabled" && type !== "adaptive") return;
  if (body["temperature"] !== undefined && body["temperature"] !== 1) {
    throw invalid("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.");
  }
  if (body["top_k"] !== undefined) throw invalid("`top_k` must be unset when thinking is enabled or in adaptive mode.");
  if (Number(body["top_p"] ?? 1) < 0.95) {
    throw invalid(
      "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode.",
    );
  }
  if (["any", "tool"].includes(textOr(objectOr(body["tool_choice"])["type"]))) {
    throw invalid("Thinking may not be enabled when tool_choice forces tool use.");
  }
};

const checkSampling = (body: JsonObject, model: string): void => {
  for (const name of ["temperature", "top_p", "top_k"]) {
    if (body[name] !== undefined && refusesSampling(model)) throw invalid(`\`${name}\` is deprecated for this model.`);
  }
  if (body["temperature"] !== undefined && body["top_p"] !== undefined) {
    throw invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.");
  }
};

const unsupported = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
];

/** What structured outputs and strict tools take of JSON Schema. */
const checkSchema = (schema: unknown, place: string): void => {
  const { type, properties, additionalProperties, items, anyOf, $defs, ...rest } = objectOr(schema);
  if (type === "object" && additionalProperties !== false) {
    throw invalid(`${place}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  }
  const found = unsupported.filter((name) => rest[name] !== undefined);
  if (found.length > 0)
    throw invalid(`${place}: For '${textOr(type)}' type, properties ${found.join(", ")} are not supported`);
  const inner = [...Object.values(objectOr(properties)), ...Object.values(objectOr($defs)), ...listOr(anyOf), items];
  for (const one of inner) if (one !== undefined) checkSchema(one, place);
};

const checkOffers = (body: JsonObject, turns: readonly Turn[]): void => {
  const tools = objectsOr(body["tools"]);
  if (body["tool_choice"] !== undefined && tools.length === 0) {
    throw invalid("tool_choice: tool_choice may only be specified while providing tools");
  }
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid("tools: Tool names must be unique.");
  const wanted = objectOr(body["tool_choice"])["name"];
  if (wanted !== undefined && !names.includes(wanted))
    throw invalid(`Tool '${textOr(wanted)}' not found in provided tools`);
  if (tools.length === 0 && turns.some(({ blocks }) => ofType(blocks, "tool_use").length > 0)) {
    throw invalid("Requests which include `tool_use` or `tool_result` blocks must define tools.");
  }
  for (const [at, tool] of tools.entries()) {
    if (tool["strict"] === true) checkSchema(tool["input_schema"], `tools.${at}.custom`);
  }
  const { schema } = objectOr(objectOr(body["output_config"])["format"]);
  if (schema !== undefined) checkSchema(schema, "output_config.format.schema");
};

/** Rules that hold between fields; each field alone was checked before. */
export const checkRules = (body: JsonObject, model: string): void => {
  const messages = objectsOr(body["messages"]);
  const turns = turnsOf(messages);
  if (Number(body["max_tokens"]) > 128_000) {
    throw invalid(
      `max_tokens: ${Number(body["max_tokens"])} > 128000, which is the maximum allowed number of output tokens for ${model}`,
    );
  }
  checkTexts(messages, model);
  checkOffers(body, turns);
  checkTools(turns);
  checkThinking(body, model);
  checkSampling(body, model);
  checkThinkingBlocks(turns, objectOr(body["thinking"])["type"] === "enabled");
};
