import type { DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentStats, DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { describeError } from "../../../api/describe-error.ts";
import { documentStatsQuery, runningJobsQuery } from "../../../api/document-queries.ts";
import { Card, EmptyState, Figures, Skeleton } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { ago, bytes, count, dateTime, dollars } from "../../../ui/format.ts";
import { Histogram } from "../../../ui/progress.tsx";
import { DocumentState, JobState } from "../document-status.tsx";
import { JobProgress } from "../jobs/job-progress.tsx";
import { languageName } from "../language-name.ts";
import { AddDocuments, DocumentLink, JobLink } from "../links.tsx";
import { TagList } from "../tag-list.tsx";
import { DayColumns } from "./day-columns.tsx";

const mostShown = 10;

const Totals = ({ stats }: { stats: DocumentStats }) => (
  <Card>
    <Figures
      figures={[
        { name: "Documents", value: count(stats.total_documents) },
        { name: "Tagged", value: count(stats.documents_processed) },
        { name: "Failed", value: count(stats.documents_failed) },
        { name: "Pages", value: count(stats.pages) },
        { name: "Stored", value: bytes(stats.stored_bytes) },
        { name: "Cost", meaning: "What models were paid for tagging your documents.", value: dollars(stats.cost_usd) },
      ]}
    />
  </Card>
);

const RunningJob = ({ job }: { job: DocumentJob }) => (
  <li className="grid items-center gap-x-4 gap-y-1 border-t border-line py-3 first:border-0 first:pt-0 last:pb-0 sm:grid-cols-[1fr_8rem_16rem]">
    <JobLink job={job} />
    <JobState job={job} />
    <JobProgress job={job} />
  </li>
);

const Running = () => {
  const { data: jobs = [] } = useQuery(runningJobsQuery);
  if (jobs.length === 0) return null;
  return (
    <Card title="Running now">
      <ul>
        {jobs.slice(0, mostShown).map((job) => (
          <RunningJob key={job.job_id} job={job} />
        ))}
      </ul>
    </Card>
  );
};

const RecentDocument = ({ document }: { document: DocumentSummary }) => (
  <li className="grid items-start gap-x-4 gap-y-1 border-t border-line py-2.5 first:border-0 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,1fr)_8rem_minmax(0,1fr)_7rem]">
    <DocumentLink document={document} />
    <DocumentState document={document} />
    <TagList tags={document.tags} most={3} />
    <span className="text-xs text-faint sm:text-right" title={dateTime(document.completed_at ?? document.created_at)}>
      {ago(document.completed_at ?? document.created_at)}
    </span>
  </li>
);

const Recent = ({ documents }: { documents: readonly DocumentSummary[] }) => (
  <Card
    title="Recent activity"
    action={
      <Link to="/documents/history" className="text-accent-text hover:underline">
        All documents
      </Link>
    }
  >
    <ul>
      {documents.map((document) => (
        <RecentDocument key={document.id} document={document} />
      ))}
    </ul>
  </Card>
);

const mostBars = 8;

const bars = (counts: Readonly<Record<string, number>>, wordOf: (key: string) => string) =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .slice(0, mostBars)
    .map(([key, value]) => ({ label: wordOf(key), value }));

const tagStateWords: Readonly<Record<string, string>> = {
  accepted: "Accepted",
  suggested: "Waiting for you",
  edited: "Replaced",
  rejected: "Rejected",
};

const Shown = ({ stats }: { stats: DocumentStats }) => (
  <>
    <Totals stats={stats} />
    <Running />
    <div className="grid gap-4 lg:grid-cols-[2fr_1fr]">
      <Card title="Documents by day (UTC)">
        <DayColumns days={stats.documents_by_day} />
      </Card>
      <Card title="What they hold">
        <div className="flex flex-col gap-4">
          <Histogram caption="Languages" rows={bars(stats.documents_by_language, languageName)} />
          <Histogram caption="Tags" rows={bars(stats.tags_by_state, (state) => tagStateWords[state] ?? state)} />
        </div>
      </Card>
    </div>
    <Recent documents={stats.recent_activity} />
  </>
);

/** Numbers about one's documents, what runs now, and what was done last. */
export const OverviewPage = () => {
  const { data: stats, error, refetch } = useQuery(documentStatsQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (stats === undefined) {
    return (
      <>
        <Skeleton className="h-20" />
        <Skeleton className="h-52" />
        <Skeleton className="h-64" />
      </>
    );
  }
  if (stats.total_jobs === 0 && stats.total_documents === 0) {
    return (
      <EmptyState title="No documents yet" action={<AddDocuments />}>
        Add PDFs, addresses or a spreadsheet of addresses. Their text is read and tags are suggested; what you accept
        can be searched, exported, and made into training data. It works without any model.
      </EmptyState>
    );
  }
  return <Shown stats={stats} />;
};
