import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paged } from "../../api/paged.ts";
import { jobsQuery } from "../../api/queries.ts";
import { buttonClass } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/card.tsx";
import { ago } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Cell, PagedTable, TableRow } from "../../ui/paged-table.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";
import { jobTone, jobWord } from "./job-status.ts";

const NewRun = () => (
  <Link to="/tuning/new" className={buttonClass("primary")}>
    New run
  </Link>
);

const Jobs = () => (
  <PagedTable
    {...paged(useInfiniteQuery(jobsQuery), (page) => page.training_jobs)}
    titles={["Run", "Status", "Base model", "Progress", "Started"]}
    empty={
      <EmptyState title="No runs yet" action={<NewRun />}>
        A run takes a file of questions and answers, or any table, and tunes a small model on it on this machine. It
        takes a few minutes.
      </EmptyState>
    }
    row={(job) => (
      <TableRow key={job.job_name}>
        <Cell>
          <Link
            to="/tuning/$jobName"
            params={{ jobName: job.job_name }}
            className="font-medium text-accent-text hover:underline"
          >
            {job.job_name}
          </Link>
        </Cell>
        <Cell>
          <Status tone={jobTone[job.status]}>{jobWord[job.status]}</Status>
        </Cell>
        <Cell>{job.base_model}</Cell>
        <Cell>
          <ProgressBar share={job.progress} label={`Progress of ${job.job_name}`} />
        </Cell>
        <Cell title={job.creation_time}>{ago(job.creation_time)}</Cell>
      </TableRow>
    )}
  />
);

export const JobsPage = () => (
  <Page title="Tuning" subtitle="Runs on this machine, newest first." action={<NewRun />}>
    <Jobs />
  </Page>
);
