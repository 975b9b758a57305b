import { describe, expect, it } from "vitest";
import type { Block, GenerationEvent } from "./answer.ts";
import { rememberBlocks, ReasoningMemory, ReasoningObserver, withRememberedReasoning } from "./reasoning-memory.ts";
import { generationRequest } from "../testing/generation-request.ts";
import type { Part, Signature } from "./request.ts";

const signed = (value: string): Signature => ({ by: "anthropic", value });
const thought: Block = { type: "reasoning", text: "first look", signature: signed("s1") };
const call = (id: string, signature?: Signature): Block => ({
  type: "tool-call",
  id,
  name: "look",
  arguments: "{}",
  ...(signature === undefined ? {} : { signature }),
});

const requestOf = (...parts: Part[]) =>
  generationRequest({
    turns: [
      { role: "user", parts: [{ type: "text", text: "hi" }] },
      { role: "assistant", parts },
    ],
  });

const sentCall: Part = { type: "tool-call", id: "call_1", name: "look", arguments: "{}" };

describe("thoughts that a client could not carry", () => {
  it("come back before the tool call that they led to, with its signature", () => {
    const memory = new ReasoningMemory().of("user_1");
    rememberBlocks([thought, call("call_1", signed("c1")), call("call_2")], memory);
    const completed = withRememberedReasoning(requestOf(sentCall, { ...sentCall, id: "call_2" }), memory);
    expect(completed.turns[1]?.parts).toEqual([
      thought,
      { ...sentCall, signature: signed("c1") },
      { ...sentCall, id: "call_2" },
    ]);
    expect(completed.turns[0]?.parts).toEqual([{ type: "text", text: "hi" }]);
  });

  it("are not put beside what the client did carry", () => {
    const memory = new ReasoningMemory().of("user_1");
    rememberBlocks([thought, call("call_1", signed("c1"))], memory);
    const own: Part[] = [
      { type: "reasoning", text: "its own", signature: signed("own") },
      { ...sentCall, signature: signed("own call") },
    ];
    expect(withRememberedReasoning(requestOf(...own), memory).turns[1]?.parts).toEqual(own);
  });

  it("are never those of another account", () => {
    const memories = new ReasoningMemory();
    rememberBlocks([thought, call("call_1", signed("c1"))], memories.of("user_1"));
    expect(withRememberedReasoning(requestOf(sentCall), memories.of("user_2")).turns[1]?.parts).toEqual([sentCall]);
  });

  it("without a signature are not kept: no provider asks for them", () => {
    const memory = new ReasoningMemory().of("user_1");
    rememberBlocks([{ type: "reasoning", text: "loose" }, call("call_1")], memory);
    expect(memory.recall("call_1")).toBeUndefined();
  });
});

describe("a stream", () => {
  const at = { choice: 0 };
  const events: GenerationEvent[] = [
    { type: "block-start", ...at, block: 0, content: { type: "reasoning", text: "" } },
    { type: "delta", ...at, block: 0, delta: "first " },
    { type: "delta", ...at, block: 0, delta: "look" },
    { type: "signature", ...at, block: 0, signature: signed("s1") },
    { type: "block-end", ...at, block: 0 },
    { type: "block-start", ...at, block: 1, content: { type: "tool-call", id: "call_1", name: "look", arguments: "" } },
    { type: "signature", ...at, block: 1, signature: signed("c1") },
    { type: "delta", ...at, block: 1, delta: "{}" },
  ];

  it("is remembered when its choice ends", () => {
    const memory = new ReasoningMemory().of("user_1");
    const observer = new ReasoningObserver(memory);
    for (const event of events) observer.take(event);
    expect(memory.recall("call_1")).toBeUndefined();
    observer.take({ type: "finish", choice: 0, reason: "tool-calls" });
    expect(memory.recall("call_1")).toEqual({ reasoning: [thought], signature: signed("c1") });
  });

  it("keeps the choices apart", () => {
    const memory = new ReasoningMemory().of("user_1");
    const observer = new ReasoningObserver(memory);
    for (const event of events) observer.take(event);
    observer.take({ type: "block-start", choice: 1, block: 0, content: call("call_9", signed("c9")) });
    observer.take({ type: "finish", choice: 1, reason: "tool-calls" });
    expect(memory.recall("call_9")).toEqual({ reasoning: [], signature: signed("c9") });
    expect(memory.recall("call_1")).toBeUndefined();
  });
});
