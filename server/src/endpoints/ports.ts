import type { Gateway } from "@llm-tuner/gateway/gateway.ts";
import type { ModelSource } from "@llm-tuner/contract/run-folder.ts";

/** A base model as far as it can be served. */
export interface ServableBaseModel {
  name: string;
  source: ModelSource;
}

export interface BaseModels {
  find(name: string): ServableBaseModel | undefined;
  list(): readonly ServableBaseModel[];
}

/** The gateway inside this process: what is asked is metered and paid for like any other request. */
export type AskGateway = Gateway["chat"];
