import type { DocumentJob, DocumentJobStatus, PauseReason, TagMode } from "@llm-tuner/contract/document-jobs.ts";
import type {
  DocumentFailureCode,
  DocumentStage,
  DocumentStatus,
  DocumentSummary,
} from "@llm-tuner/contract/documents.ts";
import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { dollars } from "../../ui/format.ts";
import type { Tone } from "../../ui/status.tsx";

export const documentWords: Record<DocumentStatus, string> = {
  pending: "Waiting",
  processing: "Working",
  completed: "Tagged",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const documentTones: Record<DocumentStatus, Tone> = {
  pending: "neutral",
  processing: "running",
  completed: "success",
  failed: "danger",
  cancelled: "warning",
};

const stageWords: Record<DocumentStage, string> = {
  fetching: "Fetching",
  extracting: "Reading",
  recognising: "Recognising text",
  tagging: "Tagging",
};

/** What a document is at: its stage while it is being worked on. */
export const documentWord = ({ status, stage }: Pick<DocumentSummary, "status" | "stage">): string =>
  status === "processing" && stage !== null ? stageWords[stage] : documentWords[status];

export const jobWords: Record<DocumentJobStatus, string> = {
  pending: "Waiting",
  processing: "Running",
  completed: "Completed",
  failed: "Failed",
  partial: "Completed in part",
  cancelled: "Cancelled",
};

const jobTones: Record<DocumentJobStatus, Tone> = {
  pending: "neutral",
  processing: "running",
  completed: "success",
  failed: "danger",
  partial: "warning",
  cancelled: "warning",
};

/** A job that does not go on is paused, whatever it was at. */
export const jobState = ({ status, paused }: Pick<DocumentJob, "status" | "paused">): { tone: Tone; word: string } =>
  paused === null || !(status === "pending" || status === "processing")
    ? { tone: jobTones[status], word: jobWords[status] }
    : { tone: "warning", word: "Paused" };

export const pauseWords: Record<PauseReason, string> = {
  person: "You paused this job.",
  budget: "The next document could bring the cost beyond the budget.",
  provider: "The model's provider is busy. The job goes on by itself.",
  account: "Your account may not start work now.",
};

/** What happened, in two or three words; the message beside it says what to do. */
export const failureWords: Record<DocumentFailureCode, string> = {
  unreachable: "Address unreachable",
  refused_address: "Address refused",
  not_found: "Not found",
  too_large: "Too large",
  took_too_long: "Download too slow",
  password: "Password needed",
  damaged: "Damaged file",
  not_a_pdf: "Not a PDF",
  empty: "Empty file",
  no_text: "No text",
  extraction_timeout: "Reading took too long",
  extraction_memory: "Reading needs too much memory",
  tagger_refused: "Refused by the model",
  tagger_unavailable: "Model not available",
  budget_reached: "Budget reached",
  interrupted: "Interrupted",
  internal: "Fault of the platform",
};

export const modeWords: Record<TagMode, string> = {
  prefer_existing: "Tags you have already, where they fit",
  free: "Whatever fits",
  closed: "Only tags of a list",
};

/** Who tagged: one that needs no model is never shown as one. */
export const taggerWord = (tagger: string | null): string =>
  tagger === null ? "–" : tagger === offlineTagger ? "Offline tagger" : tagger;

/** A model without a price is never shown as one that costs nothing. */
export const costWord = (usd: number | null): string => (usd === null ? "No price" : dollars(usd));
