import { answerTo, answerTokens, type Answer } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { isObject, listOr, objectOr, type JsonObject } from "../json.ts";
import { pngBase64 } from "../media.ts";
import type { FakeEvent, FakeRequest, Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { countTokens, tokensOf } from "../tokens.ts";
import {
  billed,
  inputTokens,
  nothingWritten,
  usageOf,
  withOutput,
  withWritten,
  type Usage,
  type Written,
} from "../usage.ts";
import { check } from "./errors.ts";
import { countPrompt, questionOf } from "./input.ts";
import { checkModel, checksSignatures } from "./models.ts";
import { checkRules } from "./rules.ts";
import { CountTokensRequest, GenerateRequest } from "./schemas.ts";
import { sign } from "./signatures.ts";
import { usageMetadata } from "./usage-json.ts";

/** Tokens of a picture that a model draws in its answer. */
const tokensOfDrawing = 1290;

interface AnswerPart {
  part: JsonObject;
  written: Partial<Written>;
}

const argsOf = (text: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** Whole parts of an answer; a stream sends texts token by token. */
const partsFor = (request: FakeRequest, answer: Answer, model: string, withImage: boolean): AnswerPart[] => {
  const { includeThoughts } = objectOr(objectOr(request.body["generationConfig"])["thinkingConfig"]);
  const signs = checksSignatures(model);
  const parts: AnswerPart[] = [];
  if (answer.reasoning !== "" && includeThoughts === true) {
    parts.push({
      part: { text: answer.reasoning, thought: true },
      written: { reasoning: countTokens(answer.reasoning) },
    });
  }
  const text = answer.text + answer.refusal;
  if (text !== "") {
    parts.push({
      part: signs ? { text, thoughtSignature: sign(text) } : { text },
      written: { text: countTokens(text) },
    });
  }
  for (const [at, { name, arguments: raw }] of answer.calls.entries()) {
    const call = { name, args: argsOf(raw) };
    const id = signs ? { id: seededId("call_", `${request.call} ${at}`) } : {};
    // Of calls that are made side by side, only the first is signed.
    const signature = at === 0 && (signs || answer.reasoning !== "") ? { thoughtSignature: sign(call) } : {};
    const tokens = countTokens(name) + countTokens(raw);
    parts.push({ part: { functionCall: { ...call, ...id }, ...signature }, written: { text: tokens } });
  }
  if (withImage)
    parts.push({
      part: { inlineData: { mimeType: "image/png", data: pngBase64 } },
      written: { image: tokensOfDrawing },
    });
  return parts;
};

interface Made {
  frame: JsonObject;
  parts: AnswerPart[];
  end: JsonObject;
  usage: Usage;
  hidden: number;
  mode: Behaviour["usage"];
}

/** Texts go out token by token; a signature follows its text in a part without text. */
const pieces = ({ part, written }: AnswerPart): AnswerPart[] => {
  const { text, thoughtSignature, ...rest } = part;
  if (typeof text !== "string") return [{ part, written }];
  const one = written.reasoning === undefined ? { text: 1 } : { reasoning: 1 };
  const texts = tokensOf(text).map((token): AnswerPart => ({ part: { ...rest, text: token }, written: one }));
  return thoughtSignature === undefined ? texts : [...texts, { part: { text: "", thoughtSignature }, written: {} }];
};

const eventsOf = ({ frame, parts, end, usage, hidden, mode }: Made): FakeEvent[] => {
  let [text, reasoning, image, notYetWritten] = [0, 0, 0, hidden];
  const all = parts.flatMap(pieces);
  const last = all.pop() ?? { part: undefined, written: {} };
  const chunk = (
    { part, written }: { part: JsonObject | undefined; written: AnswerPart["written"] },
    isLast: boolean,
  ): FakeEvent => {
    // Hidden thoughts have been made when the first piece leaves.
    const now = { ...written, reasoning: (written.reasoning ?? 0) + notYetWritten };
    notYetWritten = 0;
    text += now.text ?? 0;
    reasoning += now.reasoning;
    image += now.image ?? 0;
    const soFar = isLast || mode === "zero" ? usage : withWritten(usage, { ...nothingWritten, text, reasoning, image });
    const content = part === undefined ? {} : { content: { parts: [part], role: "model" } };
    const report = mode === "none" ? {} : { usageMetadata: usageMetadata(soFar) };
    const candidate = { ...content, ...(isLast ? end : {}), index: 0 };
    return {
      data: { candidates: [candidate], ...report, ...frame },
      written: now,
      reportsUsage: isLast && mode !== "none",
    };
  };
  const events = all.map((piece) => chunk(piece, false));
  const again: FakeEvent = { data: { usageMetadata: usageMetadata(usage), ...frame } };
  return [...events, chunk(last, true), ...(mode === "twice" ? [again] : [])];
};

const withoutContent = new Set([
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MALFORMED_FUNCTION_CALL",
  "OTHER",
]);

const isStream = ({ path }: FakeRequest): boolean => path.endsWith(":streamGenerateContent");

const formOf = ({ query }: FakeRequest): "sse" | "jsonArray" => (query.get("alt") === "sse" ? "sse" : "jsonArray");

/** A prompt that was blocked has no candidates. */
const blockedReply = (request: FakeRequest, frame: JsonObject, usage: Usage, blockReason: string): Reply => {
  const body = { promptFeedback: { blockReason }, usageMetadata: usageMetadata(usage), ...frame };
  if (!isStream(request)) return { kind: "json", usage, body, reportsUsage: true };
  return { kind: "events", form: formOf(request), usage, events: [{ data: body, reportsUsage: true }] };
};

/** `:generateContent` and `:streamGenerateContent`. */
export const generateContent = (request: FakeRequest, model: string, behaviour: Behaviour): Reply => {
  const { body } = request;
  check(GenerateRequest, body);
  checkModel(model, "generateContent");
  checkRules(body, model);
  const script = behaviour.answer ?? {};
  const input = countPrompt(body);
  const frame = { modelVersion: model, responseId: seededId("", `${request.call}`) };
  if (script.blocked !== undefined) return blockedReply(request, frame, billed(input, behaviour), script.blocked);
  const isEmpty =
    script.finish !== undefined &&
    withoutContent.has(script.finish) &&
    script.text === undefined &&
    script.words === undefined;
  const answer = answerTo(questionOf(body, model), isEmpty ? { ...script, text: "", toolCalls: [] } : script);
  const modalities = listOr(objectOr(body["generationConfig"])["responseModalities"]);
  const withImage = !isEmpty && (script.image === true || modalities.includes("IMAGE"));
  const outputReasoning = countTokens(answer.reasoning);
  const drawn = withImage ? { outputImage: tokensOfDrawing, images: 1 } : {};
  const usage = billed(withOutput(input, { outputText: answerTokens(answer), outputReasoning, ...drawn }), behaviour);
  const parts = partsFor(request, answer, model, withImage);
  const isShown = parts.some(({ part }) => part["thought"] === true);
  const finishReason =
    script.finish ?? (answer.end === "length" ? "MAX_TOKENS" : answer.end === "refusal" ? "SAFETY" : "STOP");
  const malformed =
    finishReason === "MALFORMED_FUNCTION_CALL" ? { finishMessage: "Malformed function call: print(default_api." } : {};
  const end = { finishReason, ...malformed };
  if (isStream(request)) {
    const made = { frame, parts, end, usage, hidden: isShown ? 0 : outputReasoning, mode: behaviour.usage };
    return { kind: "events", form: formOf(request), usage, events: eventsOf(made) };
  }
  const content = parts.length === 0 ? {} : { content: { parts: parts.map(({ part }) => part), role: "model" } };
  const candidates = [{ ...content, ...end, index: 0 }];
  const report = behaviour.usage === "none" ? {} : { usageMetadata: usageMetadata(usage) };
  return { kind: "json", usage, body: { candidates, ...report, ...frame }, reportsUsage: behaviour.usage !== "none" };
};

/** `:countTokens`: free. */
export const countContentTokens = ({ body }: FakeRequest, model: string): Reply => {
  check(CountTokensRequest, body);
  checkModel(model, "countTokens");
  const counted = countPrompt(isObject(body["generateContentRequest"]) ? body["generateContentRequest"] : body);
  const { promptTokensDetails } = usageMetadata(counted);
  return {
    kind: "json",
    usage: usageOf(),
    body: { totalTokens: inputTokens(counted), promptTokensDetails },
    reportsUsage: false,
  };
};
