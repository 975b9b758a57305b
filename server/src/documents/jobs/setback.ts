import type { PauseReason } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentFailure } from "@llm-tuner/contract/documents.ts";

/** Why an attempt at a document did not come to its end. */
export type Setback =
  /** `mayPass`: another attempt a little later may do better. */
  | { kind: "failed"; failure: DocumentFailure; mayPass: boolean; costNanoUsd: number }
  /** It is no fault of the document: the whole job waits, and the attempt does not count. */
  | { kind: "paused"; reason: Exclude<PauseReason, "provider">; message: string; costNanoUsd: number }
  /** So, too, but the job goes on by itself. `retryAfterSeconds`: as the provider said it. */
  | { kind: "busy"; message: string; retryAfterSeconds: number | null; costNanoUsd: number }
  /** Somebody else decides about the document now. */
  | { kind: "lost" };

export type Step<Value> = { ok: true; value: Value } | { ok: false; setback: Setback };

export const done = <Value>(value: Value): Step<Value> => ({ ok: true, value });

export const setBack = <Value>(setback: Setback): Step<Value> => ({ ok: false, setback });

export const lost = <Value>(): Step<Value> => setBack({ kind: "lost" });

export const failed = (failure: DocumentFailure, mayPass = false, costNanoUsd = 0): Step<never> =>
  setBack({ kind: "failed", failure, mayPass, costNanoUsd });
