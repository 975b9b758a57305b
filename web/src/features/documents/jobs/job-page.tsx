import type { DocumentJob, DocumentJobWithResults } from "@llm-tuner/contract/document-jobs.ts";
import { DocumentStatus } from "@llm-tuner/contract/documents.ts";
import { clsx } from "clsx";
import { describeError } from "../../../api/describe-error.ts";
import { isEnded } from "../../../api/document-queries.ts";
import { Card, EmptyState, Figures, Skeleton } from "../../../ui/card.tsx";
import { Copyable } from "../../../ui/copy.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { ago, count, dateTime, dollars, duration } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Page } from "../../../ui/page.tsx";
import { PagedTable } from "../../../ui/paged-table.tsx";
import { ProgressBar } from "../../../ui/progress.tsx";
import type { JobSearch } from "../document-search-params.ts";
import { JobState } from "../document-status.tsx";
import { documentWords, modeWords, pauseWords, taggerWord } from "../document-words.ts";
import { languageName } from "../language-name.ts";
import { Pager } from "../pager.tsx";
import { JobActs } from "./job-acts.tsx";
import { countOf, doneShare } from "./job-counts.ts";
import { ResultRow } from "./result-row.tsx";
import { useDocumentJob } from "./use-document-job.ts";

const costText = ({ cost_usd, budget_usd }: DocumentJob): string =>
  budget_usd === null ? dollars(cost_usd) : `${dollars(cost_usd)} of ${dollars(budget_usd)}`;

const Summary = ({ job }: { job: DocumentJob }) => (
  <Card>
    <Figures
      figures={[
        { name: "Status", value: <JobState job={job} /> },
        { name: "Done", value: `${count(job.completed + job.failed + job.cancelled)} of ${count(job.total)}` },
        { name: "Tagged", value: count(job.completed) },
        { name: "Failed", value: count(job.failed) },
        { name: "Cost", meaning: "What models were paid for this job, of its budget.", value: costText(job) },
        ...(isEnded(job) || job.paused !== null
          ? []
          : [{ name: "Left", value: job.seconds_left === null ? "–" : duration(job.seconds_left) }]),
      ]}
    />
    <div className="mt-4">
      <ProgressBar share={doneShare(job)} label="Progress" />
    </div>
    <p className="mt-3 text-soft">{optionsInWords(job)}</p>
  </Card>
);

/** How the documents are treated, in a line. */
const optionsInWords = ({ options, created_at }: DocumentJob): string => {
  const { tagger, mode, tags, max_tags, languages } = options;
  return [
    `Started ${ago(created_at)}`,
    tagger === undefined ? "Tagged as in your settings" : `Tagged by ${taggerWord(tagger)}`,
    `${modeWords[mode].toLowerCase()}${tags === undefined ? "" : ` of ${count(tags.length)}`}`,
    `at most ${max_tags} tags`,
    ...(languages === undefined ? [] : [`in ${languages.map(languageName).join(", ")}`]),
  ].join(" · ");
};

interface StatusChoiceProps {
  job: DocumentJob;
  status: DocumentStatus | undefined;
  onStatus(status: DocumentStatus | undefined): void;
}

/** Which of the documents are shown, with how many there are of each. */
const StatusChoice = ({ job, status, onStatus }: StatusChoiceProps) => (
  <div
    role="group"
    aria-label="Documents"
    className="-mx-4 flex gap-1 overflow-x-auto px-4 sm:mx-0 sm:flex-wrap sm:px-0"
  >
    {[undefined, ...DocumentStatus.options].map((choice) => (
      <button
        key={choice ?? "all"}
        type="button"
        aria-pressed={choice === status}
        onClick={() => onStatus(choice)}
        className={clsx(
          "figures rounded-md px-3 py-1.5 whitespace-nowrap",
          choice === status ? "bg-accent-soft font-medium text-accent-text" : "text-soft hover:bg-hover",
        )}
      >
        {choice === undefined ? "All" : documentWords[choice]} {count(countOf(job, choice))}
      </button>
    ))}
  </div>
);

interface ShownProps {
  job: DocumentJobWithResults;
  search: JobSearch;
  onSearch(search: JobSearch): void;
}

const Results = ({ job, search, onSearch }: ShownProps) => (
  <>
    <StatusChoice job={job} status={search.status} onStatus={(status) => onSearch({ status })} />
    <PagedTable
      titles={["Document", "Status", "Tags", "Pages", "Cost", "Actions"]}
      numbers={["Pages", "Cost"]}
      rows={job.results}
      error={undefined}
      onRetry={() => undefined}
      more={undefined}
      empty={
        <EmptyState title="No such document">
          {search.status === undefined
            ? "This job has no documents any more."
            : "None of this job's documents stands so."}
        </EmptyState>
      }
      row={(document) => <ResultRow key={document.id} document={document} />}
    />
    <Pager
      total={countOf(job, search.status)}
      limit={job.limit}
      offset={job.offset}
      onPage={(page) => onSearch({ ...search, page })}
    />
  </>
);

const Paused = ({ paused }: { paused: NonNullable<DocumentJob["paused"]> }) => (
  <Notice tone="warning">{paused.message === "" ? pauseWords[paused.reason] : paused.message}</Notice>
);

interface JobPageProps {
  jobId: string;
  search: JobSearch;
  onSearch(search: JobSearch): void;
}

/** A job with its documents, as it goes on. */
export const JobPage = ({ jobId, search, onSearch }: JobPageProps) => {
  const { data: job, error, refetch } = useDocumentJob(jobId, search);
  if (job === undefined) {
    return (
      <Page title="Document job">
        {error === null ? (
          <>
            <Skeleton className="h-32" />
            <Skeleton className="h-80" />
          </>
        ) : (
          <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page title={job.name} subtitle={<Copyable text={job.job_id} />} action={<JobActs job={job} />}>
      {error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />}
      <Summary job={job} />
      {job.paused !== null && !isEnded(job) && <Paused paused={job.paused} />}
      {job.expires_at !== null && <Notice>It is deleted with its documents on {dateTime(job.expires_at)}.</Notice>}
      <Results job={job} search={search} onSearch={onSearch} />
    </Page>
  );
};
