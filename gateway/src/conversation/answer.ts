import type { Usage } from "../meter/usage.ts";
import type { Signature } from "./request.ts";

/**
 * Why an answer ended. `tool-calls`: the model waits for results; `length`: the limit of tokens; `context-window`: the
 * model's own; `content-filter`: the provider withheld something; `refusal`: the model declined; `pause`: the provider
 * stopped in a long turn that may be continued.
 */
export type FinishReason =
  | "stop"
  | "stop-sequence"
  | "length"
  | "context-window"
  | "tool-calls"
  | "content-filter"
  | "refusal"
  | "pause";

/** A piece of an answer. */
export type Block =
  | { type: "text"; text: string; signature?: Signature }
  | { type: "reasoning"; text: string; signature?: Signature; redacted?: boolean }
  | { type: "tool-call"; id: string; name: string; arguments: string; signature?: Signature }
  | { type: "refusal"; text: string }
  /** A picture that the model made in its answer. */
  | { type: "image"; mediaType: string; data: string };

export interface Choice {
  blocks: readonly Block[];
  finish: FinishReason;
  /** The stop sequence that was met, where the provider says it. */
  stopSequence?: string;
}

/** What is known of an answer besides its content. */
export interface AnswerFacts {
  /** The provider's own id of the answer. */
  upstreamId: string | null;
  /** The model that answered, by the provider's name. */
  upstreamModel: string | null;
  /** The tier of service, where the provider says it. */
  serviceTier: string | null;
}

export const noFacts: AnswerFacts = { upstreamId: null, upstreamModel: null, serviceTier: null };

/** A longer text is no id and no name. */
const maxFactLength = 200;

/** A fact as a provider tells it. Null for what no record can hold: anything but a text, an endless one, control characters. */
export const readFact = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value.length <= maxFactLength && !/\p{Cc}/u.test(value) ? value : null;

/** A whole answer in no dialect. `usage` is undefined when the provider reported none. */
export interface Generation {
  choices: readonly Choice[];
  usage: Usage | undefined;
  facts: AnswerFacts;
}

/**
 * A streamed answer in no dialect. Blocks are numbered within their choice from 0, in the order in which they begin; several
 * may be open at once, of which all but one are tool calls. A block has any number of deltas: text for text, reasoning and
 * refusals, JSON text for the arguments of a tool call, base64 for images. Every block ends before its choice finishes.
 */
export type GenerationEvent =
  | { type: "start"; facts: AnswerFacts }
  | { type: "block-start"; choice: number; block: number; content: Block }
  | { type: "delta"; choice: number; block: number; delta: string }
  /** Comes before the end of its block; a later one replaces an earlier. */
  | { type: "signature"; choice: number; block: number; signature: Signature }
  | { type: "block-end"; choice: number; block: number }
  | { type: "finish"; choice: number; reason: FinishReason; stopSequence?: string }
  /** The whole usage as known now; a later one replaces an earlier. Comes at any time, also after `finish`. */
  | { type: "usage"; usage: Usage };
