import type { Gateway } from "@llm-tuner/gateway/gateway.ts";
import type { ModelTable } from "@llm-tuner/gateway/ports.ts";

/** The models of the platform itself, which come after the providers in the order of the domains. */
export interface TunedModels {
  /** What a caller may use of them. */
  table: ModelTable;
  /** Whether the name can be one of them, said at once: no other name costs a look into the database. */
  isOwn: (name: string) => boolean;
  /** The name of a tuned or base model, by its name or id, whoever it belongs to; undefined when there is none. */
  nameOf: (nameOrId: string) => Promise<string | undefined>;
  /** Tokens that a tuned or base model is good for, whoever it belongs to; null when nobody knows it. */
  contextWindowOf: (name: string) => Promise<number | null>;
}

/** The gateway inside this process: what is asked is metered and paid for like any other request. */
export type AskGateway = Pick<Gateway, "chat" | "chatStream">;
