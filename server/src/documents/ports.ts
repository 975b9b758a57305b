import type { TagMode } from "@llm-tuner/contract/document-jobs.ts";
import type { Dataset } from "@llm-tuner/contract/datasets.ts";
import type { TagSource } from "@llm-tuner/contract/tags.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { StoredCaller } from "../platform/http/stored-caller.ts";

/** A text that is to be tagged, and how. */
export interface TaggingRequest {
  /** Null for a document without an owner, which only the offline tagger may take: nobody would pay. */
  caller: StoredCaller | null;
  tagger: string;
  document: { title: string; fileName: string; text: string; language: string | null };
  /** Languages of the tags; empty for the document's own. */
  languages: readonly string[];
  maxTags: number;
  mode: TagMode;
  /** The closed list, or the tags that the person has already, most used first. */
  knownTags: readonly string[];
  /** Told what was paid for when the signal is aborted, also when that is known only later: a provider may answer to its end. */
  onLost?: ((costNanoUsd: number) => void) | undefined;
}

export interface SuggestedTag {
  name: string;
  /** None of the known tags. */
  isNew: boolean;
}

export interface TaggingResult {
  tags: SuggestedTag[];
  source: Exclude<TagSource, "person">;
  promptVersion: string;
  /** Of the last request to the gateway; null for the offline tagger. */
  requestId: string | null;
  inputTokens: number;
  outputTokens: number;
  /** Integer nano-USD, of all requests for this document together; null when the model has no price. */
  costNanoUsd: number | null;
  elapsedMs: number;
}

/**
 * - `busy`: the provider asks to wait; the whole job pauses until then and the attempt does not count.
 * - `over_budget`: a budget of the account or the key is used up; the job pauses until a person acts.
 * - `retry`: this document may be tried again a little later.
 * - `refused`: it will never work for this document.
 * `costNanoUsd` is what the failed attempt cost all the same.
 */
export type TaggingOutcome =
  | { ok: true; result: TaggingResult }
  | {
      ok: false;
      kind: "busy" | "over_budget" | "retry" | "refused";
      message: string;
      retryAfterSeconds: number | null;
      costNanoUsd: number;
    };

/** Text → tags. The domain `tagging` answers it, which comes after this one. */
export interface Tagger {
  /** The tagger that a request gets: as asked, or the person's, or the platform's. Throws when there is none of that name. */
  choose(caller: Caller | null, asked: string | undefined): Promise<string>;
  /** Rejects only when the signal is aborted. */
  tag(request: TaggingRequest, signal: AbortSignal): Promise<TaggingOutcome>;
  /** Nano-USD for a document of so many characters; null when the model has no price. */
  estimate(
    tagger: string,
    characters: number,
    caller: Caller | StoredCaller | null,
  ): Promise<{ low: number; expected: number; high: number } | null>;
  /** The provider that a tagger's calls go to, under which they are counted: `offline` for the offline tagger. */
  providerOf(tagger: string): Promise<string>;
}

/** Makes training data of tagged documents; answered by `tagging` with `files` and `datasets`. */
export interface TrainingDataMaker {
  create(request: {
    userId: string;
    name: string;
    baseModel: string;
    documents: AsyncIterable<{ title: string; text: string; language: string | null; tags: string[] }>;
  }): Promise<{ dataset: Dataset; examples: number }>;
}
