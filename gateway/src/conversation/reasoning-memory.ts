import { LRUCache } from "lru-cache";
import type { Block, GenerationEvent } from "./answer.ts";
import type { GenerationRequest, Part, ReasoningPart, Signature, ToolCallPart, Turn } from "./request.ts";

/** What has to come back with a tool call in the next turn, because its provider refuses the turn without it. */
interface Remembered {
  /** The thoughts before the call. */
  reasoning: readonly ReasoningPart[];
  signature: Signature | undefined;
}

/** The memory of one account. */
export interface TurnMemory {
  recall(callId: string): Remembered | undefined;
  keep(callId: string, remembered: Remembered): void;
}

// Between a tool call and its result lie seconds, or the coffee of somebody who has to approve it.
const rememberedMs = 3_600_000;
const maxBytes = 64 * 1024 * 1024;
/** For keys and the objects themselves. */
const frameBytes = 256;

const sizeOf = ({ reasoning, signature }: Remembered): number =>
  reasoning.reduce(
    (bytes, part) => bytes + part.text.length + (part.signature?.value.length ?? 0),
    frameBytes + (signature?.value.length ?? 0),
  );

/**
 * Remembers thoughts and signatures for clients whose dialect has no place for them, by account and id of the tool call, for
 * an hour, in this process and up to 64 MiB. A client that carries them itself needs nothing of it.
 */
export class ReasoningMemory {
  readonly #turns = new LRUCache<string, Remembered>({ maxSize: maxBytes, sizeCalculation: sizeOf, ttl: rememberedMs });

  of(accountId: string): TurnMemory {
    const key = (callId: string): string => `${accountId} ${callId}`;
    return {
      recall: (callId) => this.#turns.get(key(callId)),
      keep: (callId, remembered) => void this.#turns.set(key(callId), remembered),
    };
  }
}

const isToolCall = (part: Part): part is ToolCallPart => part.type === "tool-call";

const completedTurn = (turn: Turn, memory: TurnMemory): Turn => {
  const first = turn.parts.find(isToolCall);
  if (turn.role !== "assistant" || first === undefined) return turn;
  const parts = turn.parts.map((part): Part => {
    if (!isToolCall(part) || part.signature !== undefined) return part;
    const signature = memory.recall(part.id)?.signature;
    return signature === undefined ? part : { ...part, signature };
  });
  if (turn.parts.some(({ type }) => type === "reasoning")) return { ...turn, parts };
  return { ...turn, parts: [...(memory.recall(first.id)?.reasoning ?? []), ...parts] };
};

/** The request with what its client could not carry put back into the turns of the model. */
export const withRememberedReasoning = (request: GenerationRequest, memory: TurnMemory): GenerationRequest => ({
  ...request,
  turns: request.turns.map((turn) => completedTurn(turn, memory)),
});

const reasoningPart = (block: Extract<Block, { type: "reasoning" }>): ReasoningPart => ({ ...block });

/** Keeps what the next turn will need of the blocks of one choice. */
export const rememberBlocks = (blocks: readonly Block[], memory: TurnMemory): void => {
  const reasoning = blocks.filter((block) => block.type === "reasoning" && block.signature !== undefined);
  const thoughts = reasoning.flatMap((block) => (block.type === "reasoning" ? [reasoningPart(block)] : []));
  for (const block of blocks) {
    if (block.type !== "tool-call" || (thoughts.length === 0 && block.signature === undefined)) continue;
    memory.keep(block.id, { reasoning: thoughts, signature: block.signature });
  }
};

/** Gathers the reasoning and tool calls of a stream, and remembers them when a choice ends. */
export class ReasoningObserver {
  readonly #memory: TurnMemory;
  readonly #choices = new Map<number, Map<number, Block>>();

  constructor(memory: TurnMemory) {
    this.#memory = memory;
  }

  take(event: GenerationEvent): void {
    if (event.type === "start" || event.type === "usage") return;
    if (event.type === "finish") return this.#remember(event.choice);
    const blocks = this.#blocksOf(event.choice);
    if (event.type === "block-start") {
      const { type } = event.content;
      if (type === "reasoning" || type === "tool-call") blocks.set(event.block, { ...event.content });
      return;
    }
    const block = blocks.get(event.block);
    if (block === undefined) return;
    // The arguments of a call are not needed again; the text of a thought is.
    if (event.type === "delta" && block.type === "reasoning") block.text += event.delta;
    if (event.type === "signature" && (block.type === "reasoning" || block.type === "tool-call")) {
      block.signature = event.signature;
    }
  }

  #blocksOf(choice: number): Map<number, Block> {
    const known = this.#choices.get(choice);
    if (known !== undefined) return known;
    const blocks = new Map<number, Block>();
    this.#choices.set(choice, blocks);
    return blocks;
  }

  #remember(choice: number): void {
    const blocks = [...this.#blocksOf(choice)].toSorted(([first], [second]) => first - second);
    rememberBlocks(
      blocks.map(([, block]) => block),
      this.#memory,
    );
    this.#choices.delete(choice);
  }
}
