import type { Block, Choice, Generation } from "../../conversation/answer.ts";
import type { Signature } from "../../conversation/request.ts";
import { decodeText, isJsonObject, type JsonObject } from "../../json.ts";
import { invalidProviderAnswer } from "../provider-errors.ts";
import { readFacts } from "./facts.ts";
import { errorIn, readErrorObject } from "./read-error.ts";
import { type AnswerPart, blockedPrompt, finishOf, indexOf, objectsOf, partsOf, readPart } from "./read-parts.ts";
import { readUsage } from "./usage.ts";

const signed = (value: string | undefined): { signature?: Signature } =>
  value === undefined ? {} : { signature: { by: "gemini", value } };

const blockOf = (part: AnswerPart): Block => {
  switch (part.type) {
    case "call":
      return {
        type: "tool-call",
        id: part.id,
        name: part.name,
        arguments: part.arguments,
        ...signed(part.signature),
      };
    case "image":
      return { type: "image", mediaType: part.mediaType, data: part.data };
    case "text":
    case "reasoning":
      return { type: part.type, text: part.text, ...signed(part.signature) };
    default:
      return part satisfies never;
  }
};

/** A part without a signature continues the one before it; a signature ends its part. */
const joined = (blocks: readonly Block[], next: Block): Block | undefined => {
  const last = blocks.at(-1);
  if (last === undefined || last.type !== next.type) return undefined;
  if ((last.type !== "text" && last.type !== "reasoning") || (next.type !== "text" && next.type !== "reasoning")) {
    return undefined;
  }
  return last.signature === undefined ? { ...next, text: last.text + next.text } : undefined;
};

const choiceOf = (candidate: JsonObject): Choice => {
  const blocks: Block[] = [];
  for (const part of partsOf(candidate)) {
    const read = readPart(part);
    if (read === undefined) continue;
    const block = blockOf(read);
    const longer = joined(blocks, block);
    if (longer === undefined) blocks.push(block);
    else blocks[blocks.length - 1] = longer;
  }
  const sawCall = blocks.some(({ type }) => type === "tool-call");
  const finish = finishOf(candidate, sawCall);
  if (finish === undefined) throw invalidProviderAnswer("answered without saying that the answer is complete");
  return { blocks, finish };
};

const parse = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(decodeText(body));
  } catch (cause) {
    throw invalidProviderAnswer("answered with something that is not JSON", cause);
  }
};

/** The body of an answer. Throws a `GatewayError`: 502 when it is no object, or the error that it holds. */
export const readBody = (body: Uint8Array): JsonObject => {
  const answer = parse(body);
  const error = errorIn(answer);
  if (error !== undefined) throw readErrorObject(error);
  if (!isJsonObject(answer)) throw invalidProviderAnswer("answered with something that is not an object");
  return answer;
};

/** Reads a whole answer of `generateContent`. A prompt that was blocked is an answer too: one that says so. */
export const readAnswer = (body: Uint8Array): Generation => {
  const answer = readBody(body);
  const rest = { usage: readUsage(answer["usageMetadata"]), facts: readFacts(answer) };
  const candidates = objectsOf(answer["candidates"]);
  if (candidates.length > 0) {
    const inOrder = candidates.toSorted((first, second) => indexOf(first) - indexOf(second));
    return { choices: inOrder.map(choiceOf), ...rest };
  }
  const blocked = blockedPrompt(answer);
  if (blocked === undefined) throw invalidProviderAnswer("answered without candidates");
  return { choices: [{ blocks: [{ type: "refusal", text: blocked }], finish: "content-filter" }], ...rest };
};
