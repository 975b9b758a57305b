import type { Block, Choice, Generation } from "../../conversation/answer.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { JsonObject } from "../../json.ts";
import type { MeasuredUsage } from "../../meter/usage.ts";
import type { AnswerFrame } from "../generation-dialect.ts";
import { answerFrame, argumentsOrEmpty, writeFinishReason, writeImage } from "./answer-terms.ts";
import { writeExtraContent, writeReasoningDetail } from "./extra-content.ts";
import { speaksOfFunctions } from "./read-tools.ts";
import { writeUsage } from "./write-usage.ts";

type BlockOf<Type extends Block["type"]> = Extract<Block, { type: Type }>;

const blocksOf = <Type extends Block["type"]>(blocks: readonly Block[], type: Type): BlockOf<Type>[] =>
  blocks.filter((block): block is BlockOf<Type> => block.type === type);

const joined = (blocks: readonly { text: string }[]): string | null =>
  blocks.length === 0 ? null : blocks.map(({ text }) => text).join("");

const writeFunction = ({ name, arguments: text }: BlockOf<"tool-call">): JsonObject => ({
  name,
  arguments: argumentsOrEmpty(text),
});

const writeToolCall = (block: BlockOf<"tool-call">): JsonObject => ({
  id: block.id,
  type: "function",
  function: writeFunction(block),
  ...(block.signature === undefined ? {} : writeExtraContent(block.signature)),
});

const writeReasoning = (blocks: readonly BlockOf<"reasoning">[]): JsonObject => {
  const text = blocks.map((block) => block.text).join("");
  const details = blocks.flatMap((block, index) =>
    block.signature === undefined ? [] : [writeReasoningDetail(block, block.signature, index)],
  );
  return {
    ...(text === "" ? {} : { reasoning_content: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
};

/** Callers of the old kind are given one call, which stands in the message itself. */
const writeCalls = (
  calls: readonly BlockOf<"tool-call">[],
  asFunction: boolean,
  notes: TranslationNotes,
): JsonObject => {
  const [first] = calls;
  if (first === undefined) return {};
  if (!asFunction) return { tool_calls: calls.map(writeToolCall) };
  if (calls.length > 1) notes.lost("function_call", "only the first of several calls is told");
  const signature = first.signature === undefined ? {} : writeExtraContent(first.signature);
  return { function_call: writeFunction(first), ...signature };
};

const writeMessage = (blocks: readonly Block[], asFunction: boolean, notes: TranslationNotes): JsonObject => {
  const texts = blocksOf(blocks, "text");
  const signature = texts.findLast((block) => block.signature !== undefined)?.signature;
  const images = blocksOf(blocks, "image");
  return {
    role: "assistant",
    content: joined(texts),
    refusal: joined(blocksOf(blocks, "refusal")),
    ...writeReasoning(blocksOf(blocks, "reasoning")),
    ...(signature === undefined ? {} : writeExtraContent(signature)),
    ...writeCalls(blocksOf(blocks, "tool-call"), asFunction, notes),
    ...(images.length === 0
      ? {}
      : { images: images.map(({ mediaType, data }, index) => writeImage(mediaType, data, index)) }),
  };
};

/** A whole answer as a chat completion. */
export const writeChatAnswer = (
  frame: AnswerFrame,
  answer: Generation,
  usage: MeasuredUsage,
  notes: TranslationNotes,
): JsonObject => {
  const asFunction = speaksOfFunctions(frame.call.body);
  const writeChoice = ({ blocks, finish }: Choice, index: number): JsonObject => ({
    index,
    message: writeMessage(blocks, asFunction, notes),
    logprobs: null,
    finish_reason: finish === "tool-calls" && asFunction ? "function_call" : writeFinishReason(finish),
  });
  return {
    ...answerFrame(frame, "chatcmpl", "chat.completion"),
    choices: answer.choices.map(writeChoice),
    usage: writeUsage(usage.counts),
  };
};
