import type { DocumentJobType, PauseReason, ProcessingOptions } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentFailure } from "@llm-tuner/contract/documents.ts";
import type { StoredCaller } from "../../platform/http/stored-caller.ts";

/** As they were asked for, with the tagger that was chosen. */
export type JobOptions = ProcessingOptions & { tagger: string };

export interface JobRecord {
  id: string;
  /** Null for a job without credentials: it belongs to whoever holds its id. */
  userId: string | null;
  type: DocumentJobType;
  name: string;
  options: JobOptions;
  caller: StoredCaller | null;
  provider: string;
  budgetNanoUsd: number | null;
  paused: { reason: PauseReason; message: string } | null;
  /** When a job goes on by itself that a provider made wait. */
  resumeAt: Date | null;
  /** How often it has waited so with no answer in between. */
  providerPauses: number;
  cancelledAt: Date | null;
  notifiedAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
  expiresAt: Date | null;
}

/** How many documents of a job stand where, and what they cost. */
export interface JobCounts {
  total: number;
  pending: number;
  processing: number;
  completed: number;
  failed: number;
  cancelled: number;
  costNanoUsd: number;
  /** Of completed documents; null while there is none. */
  meanProcessingMs: number | null;
  /** Somebody has worked on one of them. */
  isBegun: boolean;
}

/** A document before any work on it. */
export interface NewDocument {
  id: string;
  title: string;
  fileName: string;
  sourceUrl: string | null;
  /** An uploaded file that lies in the object store already. */
  stored: { objectKey: string; bytes: number; sha256: string } | null;
  /** Why it will never be worked on. */
  failure: DocumentFailure | null;
}
