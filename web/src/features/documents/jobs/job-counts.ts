import type { DocumentJob, DocumentJobWithResults } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentStatus, DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { DocumentJobNews } from "../../../api/document-news.ts";

type Counts = Pick<DocumentJob, "total" | "pending" | "processing" | "completed" | "failed" | "cancelled">;

/** How much of a job is done, be it well or not. */
export const doneShare = ({ total, completed, failed, cancelled }: Counts): number =>
  total === 0 ? 1 : (completed + failed + cancelled) / total;

/** How many of a job's documents a list of them has. */
export const countOf = (counts: Counts, status: DocumentStatus | undefined): number =>
  status === undefined ? counts.total : counts[status];

/** Documents that failed or were never begun: they can be tried again. */
export const retryable = ({ failed, cancelled }: Counts): number => failed + cancelled;

const byPlace = (one: DocumentSummary, other: DocumentSummary): number => one.position - other.position;

/**
 * A page of a job's documents with the news in it. A document that no longer has the status that is shown leaves the
 * page; one that now has it comes in where there is room.
 */
export const withNews = (
  shown: DocumentJobWithResults,
  { job, documents }: Pick<DocumentJobNews, "job" | "documents">,
  status: DocumentStatus | undefined,
): DocumentJobWithResults => {
  const isWanted = (document: DocumentSummary): boolean => status === undefined || document.status === status;
  const known = new Set(shown.results.map(({ id }) => id));
  const kept = shown.results.map((document) => documents.get(document.id) ?? document).filter(isWanted);
  const last = kept.at(-1)?.position ?? -1;
  const isLastPage = shown.offset + shown.results.length >= countOf(shown, status);
  // Without a filter every document of the job has been on its page from the first moment on.
  const come =
    status === undefined
      ? []
      : [...documents.values()].filter(
          (document) => !known.has(document.id) && isWanted(document) && (isLastPage || document.position < last),
        );
  return { ...shown, ...job, results: [...kept, ...come].sort(byPlace).slice(0, shown.limit) };
};
