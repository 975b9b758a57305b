import type { ModelSource } from "@llm-tuner/contract/run-folder.ts";
import type { Caller } from "../platform/http/caller.ts";

/** A base model as far as it can be served. */
export interface ServableBaseModel {
  name: string;
  source: ModelSource;
}

export interface BaseModels {
  find(name: string): ServableBaseModel | undefined;
  list(): readonly ServableBaseModel[];
}

export interface GatewayQuestion {
  model: string;
  messages: { role: "user"; content: string }[];
  max_tokens: number;
  temperature: number;
}

export interface GatewayAnswer {
  content: string;
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
  latencyMs: number;
  costNanoUsd: number;
}

/** The gateway inside this process: the question is admitted, metered and paid for like any other. */
export type AskGateway = (caller: Caller, question: GatewayQuestion, signal: AbortSignal) => Promise<GatewayAnswer>;
