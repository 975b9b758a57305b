import type { JsonObject } from "../json.ts";

/**
 * A request for a generated answer in no dialect: every dialect is read into it and every provider is asked from it.
 * What it cannot hold stands in `unmapped` by the name that the caller used, so that nothing is dropped unseen.
 */
export interface GenerationRequest {
  /** Oldest first. System turns stand where the caller put them. */
  turns: readonly Turn[];
  tools: readonly ToolDefinition[];
  toolChoice: ToolChoice | undefined;
  parallelToolCalls: boolean | undefined;
  output: OutputFormat;
  reasoning: ReasoningWish | undefined;
  sampling: Sampling;
  /** Tokens of one answer, reasoning included. */
  maxOutputTokens: number | undefined;
  /** How many answers are wanted; 1 unless the caller said otherwise. */
  choices: number;
  /** The caller's own name for the person behind the request. */
  endUser: string | undefined;
  /** Fields of the request that have no place here: path in the caller's dialect, such as `logit_bias`, and value. */
  unmapped: readonly { field: string; value: unknown }[];
}

export interface Sampling {
  temperature?: number;
  topP?: number;
  topK?: number;
  stop?: readonly string[];
  seed?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  /** How many alternatives are reported for each token; 0 for the chosen one alone. */
  topLogprobs?: number;
}

export interface Turn {
  role: "system" | "user" | "assistant";
  parts: readonly Part[];
}

/** Marks the end of a prefix that the provider is to keep; in Anthropic's dialect `cache_control`. */
export interface CacheMark {
  lifetime: "5m" | "1h";
}

/** Bytes in base64, or where they are to be had. */
export type MediaSource = { kind: "base64"; mediaType: string; data: string } | { kind: "url"; url: string };

export interface TextPart {
  type: "text";
  text: string;
  cache?: CacheMark;
  signature?: Signature;
}

export interface ImagePart {
  type: "image";
  source: MediaSource;
  /** OpenAI's `detail`. */
  detail?: string;
  cache?: CacheMark;
}

/** A document, such as a PDF. */
export interface FilePart {
  type: "file";
  source: MediaSource;
  name?: string;
  cache?: CacheMark;
}

export interface AudioPart {
  type: "audio";
  source: MediaSource;
}

/**
 * What a provider put into an answer to recognise its own thoughts by. It means something to that provider alone, and
 * some refuse the next turn without it.
 */
export interface Signature {
  by: "openai" | "anthropic" | "gemini";
  value: string;
}

/** What the model thought in an earlier turn. */
export interface ReasoningPart {
  type: "reasoning";
  text: string;
  signature?: Signature;
  /** Thoughts that only the provider can read; then `text` is empty and the signature holds them. */
  redacted?: boolean;
}

export interface ToolCallPart {
  type: "tool-call";
  id: string;
  name: string;
  /** JSON text as the model wrote it; may be empty or broken. */
  arguments: string;
  signature?: Signature;
  cache?: CacheMark;
}

export interface ToolResultPart {
  type: "tool-result";
  callId: string;
  content: readonly (TextPart | ImagePart | FilePart)[];
  isError?: boolean;
  cache?: CacheMark;
}

/** The model said why it does not answer. */
export interface RefusalPart {
  type: "refusal";
  text: string;
}

export type Part =
  | TextPart
  | ImagePart
  | FilePart
  | AudioPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | RefusalPart;

export interface ToolDefinition {
  name: string;
  description?: string;
  /** JSON Schema of the arguments, as the caller wrote it. */
  parameters: JsonObject;
  strict?: boolean;
  cache?: CacheMark;
}

export type ToolChoice = { type: "auto" | "none" | "required" } | { type: "tool"; name: string };

export type OutputFormat =
  | { type: "text" }
  | { type: "json" }
  | { type: "json-schema"; name: string; schema: JsonObject; description?: string; strict?: boolean };

export interface ReasoningWish {
  /** By words, such as `low`; providers that count instead are given a share of the answer. */
  effort?: string;
  /** By tokens. */
  budgetTokens?: number;
  /** The model decides itself how much it thinks. */
  adaptive?: boolean;
  disabled?: boolean;
  /** Whether the thoughts, or a summary of them, are to be in the answer. */
  visible?: boolean;
}
