import type { Block, Choice, FinishReason, Generation, GenerationEvent } from "../conversation/answer.ts";
import type { Random } from "./random.ts";

const words = ["a", " grün", "🦜", "\n", '"', "\\u0041", "データ", "data: [DONE]\n\n", " ", "e\u0301"] as const;

export const randomText = (random: Random, least = 0): string =>
  Array.from({ length: least + random.below(8) }, () => random.pick(words)).join("");

/** Arguments as a model writes them: nothing, or an object. */
export const randomArguments = (random: Random): string =>
  random.below(4) === 0 ? "" : JSON.stringify({ [randomText(random, 1)]: randomText(random), n: random.below(1_000) });

const randomBlock = (random: Random, index: number): Block => {
  const type = random.pick(["text", "reasoning", "tool-call", "text", "refusal"]);
  // Words in front, since text of white space alone has no place in some dialects.
  if (type === "tool-call") {
    return { type, id: `call_${index}`, name: `tool_${random.below(3)}`, arguments: randomArguments(random) };
  }
  return { type, text: `b${index} ${randomText(random)}` };
};

const finishOf = (random: Random, blocks: readonly Block[]): FinishReason => {
  if (blocks.some(({ type }) => type === "tool-call")) return "tool-calls";
  return random.pick(["stop", "length", "stop"]);
};

export const randomChoice = (random: Random): Choice => {
  const blocks = Array.from({ length: 1 + random.below(6) }, (_, index) => randomBlock(random, index));
  return { blocks, finish: finishOf(random, blocks) };
};

/** Cut anywhere, be it within a character. */
const cut = (random: Random, text: string): string[] => {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const length = 1 + random.below(5);
    pieces.push(text.slice(start, start + length));
    start += length;
  }
  return pieces;
};

const contentOf = (block: Block): string => {
  if (block.type === "tool-call") return block.arguments;
  return block.type === "image" ? block.data : block.text;
};

const begun = (block: Block): Block => {
  if (block.type === "tool-call") return { ...block, arguments: "" };
  return block.type === "image" ? { ...block, data: "" } : { ...block, text: "" };
};

interface OpenBlock {
  isCall: boolean;
  events: GenerationEvent[];
}

/** A choice as it may be streamed: its blocks begin in their order, and what follows of calls is mixed. */
const eventsOf = (random: Random, choice: number, { blocks, finish }: Choice): GenerationEvent[] => {
  let open: OpenBlock[] = [];
  const events: GenerationEvent[] = [];
  const waiting = [...blocks.entries()];
  const begin = (): boolean => {
    const [next] = waiting;
    if (next === undefined || (open.length > 0 && random.below(3) > 0)) return false;
    const [block, content] = next;
    const isCall = content.type === "tool-call";
    if (!isCall && open.some((other) => !other.isCall)) return false;
    waiting.shift();
    events.push({ type: "block-start", choice, block, content: begun(content) });
    const deltas = cut(random, contentOf(content)).map((delta) => ({ type: "delta", choice, block, delta }) as const);
    open.push({ isCall, events: [...deltas, { type: "block-end", choice, block }] });
    return true;
  };
  while (waiting.length > 0 || open.length > 0) {
    if (begin()) continue;
    const event = open[random.below(open.length)]?.events.shift();
    if (event !== undefined) events.push(event);
    open = open.filter((block) => block.events.length > 0);
  }
  return [...events, { type: "finish", choice, reason: finish }];
};

/** An answer as a whole, and the same as a stream. */
export const streamedAnswer = (random: Random, answer: Generation): GenerationEvent[] => {
  const streams = answer.choices.map((choice, index) => eventsOf(random, index, choice));
  const events: GenerationEvent[] = [{ type: "start", facts: answer.facts }];
  for (
    let left = streams.filter(({ length }) => length > 0);
    left.length > 0;
    left = left.filter((s) => s.length > 0)
  ) {
    const event = left[random.below(left.length)]?.shift();
    if (event !== undefined) events.push(event);
    if (answer.usage !== undefined && random.below(10) === 0) events.push({ type: "usage", usage: answer.usage });
  }
  return events;
};
