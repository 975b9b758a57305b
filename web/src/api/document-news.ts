import { DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { EventSourceMessage } from "eventsource-parser";

/** What became of a job and its documents in the meantime, each of them as it is now. */
export interface DocumentJobNews {
  job: DocumentJob | undefined;
  documents: ReadonlyMap<string, DocumentSummary>;
  isEnded: boolean;
}

/** Of several words about one thing the last one counts. */
export const newsOf = (messages: readonly Pick<EventSourceMessage, "event" | "data">[]): DocumentJobNews => {
  let job: DocumentJob | undefined;
  const documents = new Map<string, DocumentSummary>();
  let isEnded = false;
  for (const { event, data } of messages) {
    if (event === "job") job = DocumentJob.parse(JSON.parse(data));
    if (event === "document") {
      const document = DocumentSummary.parse(JSON.parse(data));
      documents.set(document.id, document);
    }
    if (event === "end") isEnded = true;
  }
  return { job, documents, isEnded };
};
