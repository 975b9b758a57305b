import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { describeError } from "../../api/describe-error.ts";
import { jobsQuery } from "../../api/queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { EmptyState, Skeleton } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { ago } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";
import { jobTone, jobWord } from "./job-status.ts";

const NewRun = () => (
  <Link to="/tuning/new" className={buttonClass("primary")}>
    New run
  </Link>
);

const Jobs = () => {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(jobsQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton className="h-48" />;
  const jobs = data.pages.flatMap((page) => page.training_jobs);
  if (jobs.length === 0) {
    return (
      <EmptyState title="No runs yet" action={<NewRun />}>
        A run takes a file of questions and answers, or any table, and tunes a small model on it on this machine. It
        takes a few minutes.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="overflow-x-auto rounded-lg border border-line bg-raised">
        <table className="w-full text-left">
          <thead className="border-b border-line text-xs text-faint">
            <tr>
              {["Run", "Status", "Base model", "Progress", "Started"].map((title) => (
                <th key={title} scope="col" className="px-4 py-2 font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <tr key={job.job_name} className="border-b border-line last:border-0 hover:bg-hover">
                <td className="px-4 py-2">
                  <Link
                    to="/tuning/$jobName"
                    params={{ jobName: job.job_name }}
                    className="font-medium text-accent-text hover:underline"
                  >
                    {job.job_name}
                  </Link>
                </td>
                <td className="px-4 py-2">
                  <Status tone={jobTone[job.status]}>{jobWord[job.status]}</Status>
                </td>
                <td className="px-4 py-2">{job.base_model}</td>
                <td className="w-40 px-4 py-2">
                  <ProgressBar share={job.progress} label={`Progress of ${job.job_name}`} />
                </td>
                <td className="px-4 py-2 whitespace-nowrap text-soft" title={job.creation_time}>
                  {ago(job.creation_time)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasNextPage && (
        <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
};

export const JobsPage = () => (
  <Page title="Tuning" subtitle="Runs on this machine, newest first." action={<NewRun />}>
    <Jobs />
  </Page>
);
