import { getBatchStatus, type DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { CallError, call } from "../../api/call.ts";
import { documentsKey, isEnded, runningJobsQuery } from "../../api/document-queries.ts";
import { count } from "../../ui/format.ts";
import { ProgressBar } from "../../ui/progress.tsx";
import { showNotice } from "../../ui/toasts.tsx";
import { jobWords } from "./document-words.ts";
import { doneShare } from "./jobs/job-counts.ts";

const sumOf = (jobs: readonly DocumentJob[], countOf: (job: DocumentJob) => number): number =>
  jobs.reduce((sum, job) => sum + countOf(job), 0);

const endWords = ({ name, status, completed, failed }: DocumentJob): string =>
  `${name}: ${jobWords[status].toLowerCase()}, ${count(completed)} tagged${failed > 0 ? `, ${count(failed)} failed` : ""}.`;

/** The job as it ended; undefined where it goes on, or was deleted. */
const endedJob = async (jobId: string): Promise<DocumentJob | undefined> => {
  try {
    const job = await call(getBatchStatus, { params: { job_id: jobId }, query: { limit: 1 } });
    return isEnded(job) ? job : undefined;
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
};

/** Tells of each job that ends while the person is on another page, with the way to it. */
const useEndNotices = (jobs: readonly DocumentJob[] | undefined): void => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const running = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (jobs === undefined) return;
    const present = new Set(jobs.map(({ job_id }) => job_id));
    const gone = [...running.current].filter((id) => !present.has(id));
    running.current = present;
    const tell = async (jobId: string): Promise<void> => {
      const job = await endedJob(jobId);
      if (job === undefined) return;
      void queries.invalidateQueries({ queryKey: documentsKey });
      if (location.pathname.endsWith(`/${jobId}`)) return;
      const onPress = () => void navigate({ to: "/documents/jobs/$jobId", params: { jobId } });
      showNotice(endWords(job), { word: "Open", onPress });
    };
    for (const id of gone) void tell(id);
  }, [jobs, navigate, queries]);
};

/** Document jobs that run now, wherever the person is. */
export const RunningJobs = () => {
  const { data: jobs } = useQuery({ ...runningJobsQuery, retry: false });
  useEndNotices(jobs);
  const first = jobs?.[0];
  if (jobs === undefined || first === undefined) return null;
  const total = sumOf(jobs, (job) => job.total);
  const done = sumOf(jobs, (job) => doneShare(job) * job.total);
  const target =
    jobs.length === 1
      ? ({ to: "/documents/jobs/$jobId", params: { jobId: first.job_id } } as const)
      : ({ to: "/documents/jobs" } as const);
  return (
    <Link
      {...target}
      aria-label={`Documents: ${count(done)} of ${count(total)} done`}
      className="figures flex h-9 items-center gap-2 rounded-md px-2 text-xs text-soft hover:bg-hover hover:text-text"
    >
      <span className="w-12 sm:w-20">
        <ProgressBar share={total === 0 ? 0 : done / total} label="Documents that are done" />
      </span>
      {count(done)} / {count(total)}
    </Link>
  );
};
