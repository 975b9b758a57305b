import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { watchJob } from "../../api/job-stream.ts";
import { jobQuery } from "../../api/queries.ts";
import { emptyHistory, extendHistory, type JobHistory } from "./job-history.ts";

interface Followed {
  history: JobHistory;
  error: unknown;
}

/** The job's whole history, from its first event on, kept up to date until it ends. */
export const useJobHistory = (jobName: string): Followed => {
  const [followed, setFollowed] = useState<Followed>({ history: emptyHistory, error: undefined });
  const queries = useQueryClient();
  useEffect(() => {
    const abort = new AbortController();
    watchJob({
      jobName,
      signal: abort.signal,
      onEvents: (events) => {
        // A page that was left and entered again reads from the first event; what the old reader still had is dropped.
        if (abort.signal.aborted) return;
        setFollowed(({ history, error }) => ({ history: extendHistory(history, events), error }));
        if (events.some(({ type }) => type === "status"))
          void queries.invalidateQueries({ queryKey: jobQuery(jobName).queryKey });
      },
    }).catch((error: unknown) => setFollowed(({ history }) => ({ history, error })));
    return () => abort.abort();
  }, [jobName, queries]);
  return followed;
};
