import type { Behaviour } from "../behaviour.ts";
import { listOr, textOr, type JsonObject } from "../json.ts";
import type { FakeEvent } from "../reply.ts";
import { countTokens, tokensOf } from "../tokens.ts";
import { withOutput, type Usage } from "../usage.ts";
import { usageJson } from "./usage-json.ts";

/** A block of the answer; `raw` is the input of a tool as the model wrote it. */
export interface AnswerBlock {
  block: JsonObject;
  tokens: { text?: number; reasoning?: number };
  raw?: string;
}

interface Streamed {
  frame: JsonObject;
  blocks: readonly AnswerBlock[];
  end: JsonObject;
  usage: Usage;
  mode: Behaviour["usage"];
}

const eventOf = (data: JsonObject & { type: string }, written: FakeEvent["written"] = {}): FakeEvent => ({
  name: data.type,
  data,
  written,
});

interface Delta {
  delta: JsonObject;
  written?: FakeEvent["written"];
}

/** How a block begins and what is added to it. */
const growthOf = ({
  block,
  raw,
  tokens,
}: AnswerBlock): { start: JsonObject; written?: FakeEvent["written"]; deltas: Delta[] } => {
  switch (block["type"]) {
    case "thinking": {
      const pieces = tokensOf(textOr(block["thinking"]));
      const deltas = pieces.map((thinking): Delta => ({
        delta: { type: "thinking_delta", thinking },
        written: { reasoning: 1 },
      }));
      const signature: Delta = { delta: { type: "signature_delta", signature: block["signature"] } };
      // Thinking that is not shown has been made when its signature leaves.
      if (pieces.length === 0) signature.written = { reasoning: tokens.reasoning ?? 0 };
      return { start: { ...block, thinking: "", signature: "" }, deltas: [...deltas, signature] };
    }
    case "text": {
      const citations = listOr(block["citations"]).map((citation): Delta => ({
        delta: { type: "citations_delta", citation },
      }));
      const texts = tokensOf(textOr(block["text"])).map((text): Delta => ({
        delta: { type: "text_delta", text },
        written: { text: 1 },
      }));
      const start = { ...block, text: "", citations: citations.length > 0 ? [] : null };
      return { start, deltas: [...citations, ...texts] };
    }
    case "tool_use": {
      const json = (partial_json: string): JsonObject => ({ type: "input_json_delta", partial_json });
      const pieces = tokensOf(raw ?? "").map((piece): Delta => ({ delta: json(piece), written: { text: 1 } }));
      const written = { text: countTokens(textOr(block["name"])) };
      return { start: { ...block, input: {} }, written, deltas: [{ delta: json("") }, ...pieces] };
    }
    default:
      return { start: block, deltas: [] };
  }
};

/** The events of a whole message, in the API's order. */
export const eventsOf = ({ frame, blocks, end, usage, mode }: Streamed): FakeEvent[] => {
  const report = (some: Usage): JsonObject => (mode === "none" ? {} : { usage: usageJson(some) });
  const begun = withOutput(usage, { outputText: Math.min(1, usage.outputText) });
  const message = {
    ...frame,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    ...report(begun),
  };
  let [text, reasoning] = [0, 0];
  const inner = blocks.flatMap((one, index): FakeEvent[] => {
    const { start, written: named, deltas } = growthOf(one);
    const grown = deltas.flatMap(({ delta, written = {} }): FakeEvent[] => {
      text += written.text ?? 0;
      reasoning += written.reasoning ?? 0;
      const event = eventOf({ type: "content_block_delta", index, delta }, written);
      if (mode !== "everyChunk") return [event];
      const soFar = withOutput(usage, { outputText: text, outputReasoning: reasoning });
      return [
        event,
        eventOf({ type: "message_delta", delta: { stop_reason: null, stop_sequence: null }, ...report(soFar) }),
      ];
    });
    text += named?.text ?? 0;
    return [
      eventOf({ type: "content_block_start", index, content_block: start }, named),
      ...grown,
      eventOf({ type: "content_block_stop", index }),
    ];
  });
  const last: FakeEvent = {
    ...eventOf({ type: "message_delta", delta: end, ...report(usage) }),
    reportsUsage: mode !== "none",
  };
  return [
    eventOf({ type: "message_start", message }),
    eventOf({ type: "ping" }),
    ...inner,
    last,
    ...(mode === "twice" ? [last] : []),
    eventOf({ type: "message_stop" }),
  ];
};
