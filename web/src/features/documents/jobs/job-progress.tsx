import type { DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { isEnded } from "../../../api/document-queries.ts";
import { count, duration } from "../../../ui/format.ts";
import { ProgressBar } from "../../../ui/progress.tsx";
import { doneShare } from "./job-counts.ts";

/** How far a job is, with counts and the time that is left by the platform's estimate. */
export const JobProgress = ({ job }: { job: DocumentJob }) => {
  const { name, total, completed, failed, cancelled, seconds_left, paused } = job;
  return (
    <div className="min-w-40">
      <ProgressBar share={doneShare(job)} label={`Progress of ${name}`} />
      <div className="figures mt-1 text-xs whitespace-nowrap text-faint">
        {count(completed)} of {count(total)}
        {failed > 0 && <span className="text-danger"> · {count(failed)} failed</span>}
        {cancelled > 0 && ` · ${count(cancelled)} cancelled`}
        {!isEnded(job) && paused === null && seconds_left !== null && ` · ${duration(seconds_left)} left`}
      </div>
    </div>
  );
};
