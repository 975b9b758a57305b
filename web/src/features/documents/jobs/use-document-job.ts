import type { DocumentJobWithResults } from "@llm-tuner/contract/document-jobs.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { documentJobQuery, documentJobsKey, documentsKey, isEnded } from "../../../api/document-queries.ts";
import { watchDocumentJob } from "../../../api/document-stream.ts";
import type { JobSearch } from "../document-search-params.ts";
import { withNews } from "./job-counts.ts";

/** How often a job is asked for while no stream tells of it. */
const pollMs = 3000;

/**
 * A job with a page of its documents, kept up to date until it ends: by the platform's stream, and by asking where that
 * is broken.
 */
export const useDocumentJob = (jobId: string, { status, page }: JobSearch) => {
  const queries = useQueryClient();
  const [isLive, setIsLive] = useState(false);
  const wanted = documentJobQuery(jobId, { status, page });
  const query = useQuery({
    ...wanted,
    refetchInterval: ({ state }) => (state.data === undefined || isEnded(state.data) || isLive ? false : pollMs),
  });
  const isRunning = query.data !== undefined && !isEnded(query.data);
  const { queryKey } = wanted;
  const shownKey = JSON.stringify(queryKey);
  useEffect(() => {
    if (!isRunning) return undefined;
    const abort = new AbortController();
    const key: readonly unknown[] = JSON.parse(shownKey);
    watchDocumentJob({
      jobId,
      signal: abort.signal,
      onBroken: () => setIsLive(false),
      onNews: (news) => {
        // What an old reader still had when the page was left is dropped.
        if (abort.signal.aborted) return;
        setIsLive(true);
        queries.setQueryData<DocumentJobWithResults>(key, (shown) =>
          shown === undefined ? shown : withNews(shown, news, status),
        );
      },
    }).catch(() => setIsLive(false));
    return () => {
      abort.abort();
      setIsLive(false);
    };
  }, [jobId, isRunning, status, shownKey, queries]);
  // The last news say that it has ended; what else shows it or its documents is read anew.
  useEffect(() => {
    if (!isRunning) return undefined;
    return () => {
      void queries.invalidateQueries({ queryKey: documentJobsKey });
      void queries.invalidateQueries({ queryKey: documentsKey });
    };
  }, [isRunning, queries]);
  return query;
};
