import { answerTo, answerTokens, type Answer } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { isObject, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import type { FakeRequest, Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { countTokens } from "../tokens.ts";
import { billed, inputTokens, usageOf, withOutput } from "../usage.ts";
import { check } from "./errors.ts";
import { MarkedCache, piecesOf, questionOf } from "./input.ts";
import { checkModel } from "./models.ts";
import { blocksOf, checkRules } from "./rules.ts";
import { CountTokensRequest, MessagesRequest } from "./schemas.ts";
import { sign } from "./signatures.ts";
import { eventsOf, type AnswerBlock } from "./stream.ts";
import { usageJson } from "./usage-json.ts";

const inputOf = (text: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** Where the first document is cited from, if the caller or the script wants citations. */
const citationsOf = (body: JsonObject, script: Behaviour["answer"]): JsonObject[] | null => {
  const documents = objectsOr(body["messages"])
    .flatMap(blocksOf)
    .filter(({ type }) => type === "document");
  const [first] = documents;
  const isWanted =
    script?.citations === true || documents.some(({ citations }) => objectOr(citations)["enabled"] === true);
  if (!isWanted || first === undefined) return null;
  const cited_text = textOr(objectOr(first["source"])["data"], "a page").slice(0, 24);
  const place = { document_index: 0, document_title: first["title"] ?? null, file_id: null };
  return [{ type: "char_location", cited_text, ...place, start_char_index: 0, end_char_index: cited_text.length }];
};

const blocksFor = ({ body, call }: FakeRequest, answer: Answer, script: Behaviour["answer"]): AnswerBlock[] => {
  const isOmitted = objectOr(body["thinking"])["display"] === "omitted";
  const thinking = isOmitted ? "" : answer.reasoning;
  const blocks: AnswerBlock[] = [];
  if (answer.reasoning !== "") {
    const block = { type: "thinking", thinking, signature: sign(`${call}`, thinking) };
    blocks.push({ block, tokens: { reasoning: countTokens(answer.reasoning) } });
  }
  if (script?.redacted === true) {
    blocks.push({ block: { type: "redacted_thinking", data: sign(`${call}`, "redacted") }, tokens: {} });
  }
  const text = answer.text + answer.refusal;
  if (text !== "") {
    blocks.push({
      block: { type: "text", text, citations: citationsOf(body, script) },
      tokens: { text: countTokens(text) },
    });
  }
  for (const [at, { name, arguments: raw }] of answer.calls.entries()) {
    const block = {
      type: "tool_use",
      id: seededId("toolu_", `${call} ${at}`),
      name,
      input: inputOf(raw),
      caller: { type: "direct" },
    };
    blocks.push({ block, raw, tokens: { text: countTokens(name) + countTokens(raw) } });
  }
  return blocks;
};

const reasons = {
  stop: "end_turn",
  stopSequence: "stop_sequence",
  length: "max_tokens",
  calls: "tool_use",
  refusal: "refusal",
} as const;

const endOf = (answer: Answer, script: Behaviour["answer"]): JsonObject => ({
  stop_reason: script?.finish ?? reasons[answer.end],
  stop_sequence: answer.end === "stopSequence" ? answer.stopSequence : null,
  stop_details: answer.end === "refusal" ? { type: "refusal", category: null, explanation: answer.refusal } : null,
  container: null,
});

/** `POST /v1/messages`. */
export const createMessage = (request: FakeRequest, behaviour: Behaviour, cache: MarkedCache): Reply => {
  const { body, call } = request;
  check(MessagesRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  checkRules(body, model);
  const script = behaviour.answer;
  const answer = answerTo(questionOf(body, model), script);
  const counted = { outputText: answerTokens(answer), outputReasoning: countTokens(answer.reasoning) };
  const usage = billed(withOutput(cache.count(model, piecesOf(body)), counted), behaviour);
  const blocks = blocksFor(request, answer, script);
  const frame = { id: seededId("msg_", `${call}`), type: "message", role: "assistant", model, diagnostics: null };
  if (body["stream"] === true) {
    const events = eventsOf({ frame, blocks, end: endOf(answer, script), usage, mode: behaviour.usage });
    return { kind: "events", form: "sse", usage, events };
  }
  const reported = behaviour.usage === "none" ? {} : { usage: usageJson(usage) };
  const message = { ...frame, content: blocks.map(({ block }) => block), ...endOf(answer, script), ...reported };
  return { kind: "json", usage, body: message, reportsUsage: behaviour.usage !== "none" };
};

/** `POST /v1/messages/count_tokens`: free, and it keeps nothing. */
export const countMessageTokens = ({ body }: FakeRequest): Reply => {
  check(CountTokensRequest, body);
  const model = textOr(body["model"]);
  checkModel(model);
  checkRules({ ...body, max_tokens: 128_000 }, model);
  const input_tokens = inputTokens(new MarkedCache().count(model, piecesOf(body)));
  return { kind: "json", usage: usageOf(), body: { input_tokens }, reportsUsage: false };
};
