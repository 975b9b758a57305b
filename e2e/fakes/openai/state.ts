import type { JsonObject } from "../json.ts";
import { PromptCache } from "../segments.ts";

export interface StoredResponse {
  response: JsonObject;
  /** What the model read for it, oldest first. */
  input: JsonObject[];
  /** What a following response reads before its own input. */
  conversation: JsonObject[];
}

/** A reasoning item that was handed out. */
export interface HandedReasoning {
  /** The item that came right after it, and may not come back without it. */
  nextId: string | undefined;
  isStored: boolean;
}

export interface VideoJob {
  video: JsonObject;
  polls: number;
  failure: string | undefined;
}

/** What one fake remembers between calls. */
export interface OpenAiState {
  cache: PromptCache;
  responses: Map<string, StoredResponse>;
  reasoning: Map<string, HandedReasoning>;
  videos: Map<string, VideoJob>;
}

export const newState = (): OpenAiState => ({
  cache: new PromptCache(),
  responses: new Map(),
  reasoning: new Map(),
  videos: new Map(),
});
