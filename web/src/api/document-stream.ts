import { watchBatch } from "@llm-tuner/contract/document-jobs.ts";
import { newsOf, type DocumentJobNews } from "./document-news.ts";
import { followEvents } from "./event-source.ts";

interface Watch {
  jobId: string;
  onNews(news: DocumentJobNews): void;
  /** Nothing is heard for now: whoever shows the job asks for it instead. */
  onBroken(): void;
  signal: AbortSignal;
}

/** Follows a document job until it has ended. Rejects when the platform refuses. */
export const watchDocumentJob = ({ jobId, onNews, onBroken, signal }: Watch): Promise<void> =>
  followEvents({
    path: watchBatch.path.replace("{job_id}", encodeURIComponent(jobId)),
    signal,
    onBroken,
    onEvents: (messages) => {
      const news = newsOf(messages);
      onNews(news);
      return news.isEnded;
    },
  });
